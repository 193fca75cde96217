import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { useTranslation } from '../../language/texts.ts';
import { queries } from '../../api/queries.ts';
import { moment } from '../../parts/moment.ts';
import { actionText, subjectText } from './audit-words.ts';
import { ListTable } from './ListTable.tsx';

/** What administrators and operators did, newest first. */
export function AuditLogTab() {
  const { t } = useTranslation();
  const log = useQuery(queries.auditLog());
  const hosts = useQuery(queries.hosts());
  const names = useMemo(() => new Map(hosts.data?.map(({ id, name }) => [id, name])), [hosts.data]);
  return (
    <ListTable
      label={t('people.log')}
      list={log}
      columns={[t('people.at'), t('people.actor'), t('people.action'), t('people.subject'), t('people.source')]}
      rowKey={(entry) => String(entry.id)}
      cells={(entry) => [
        <span key="at" className="num">
          {moment(entry.at)}
        </span>,
        entry.actor,
        <span key="action" title={entry.action}>
          {actionText(t, entry.action)}
        </span>,
        <span key="subject" className="audit-subject">
          {subjectText(t, entry, names)}
          {entry.detail !== null && <div className="muted">{entry.detail}</div>}
        </span>,
        <span key="source" className="mono">
          {entry.sourceIp ?? '–'}
        </span>,
      ]}
    />
  );
}
