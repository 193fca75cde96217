import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { queries } from '../../api/queries.ts';
import { moment } from '../../parts/moment.ts';
import { ListTable } from './ListTable.tsx';

/** What administrators and operators did, newest first. */
export function AuditLogTab() {
  const { t } = useTranslation();
  const log = useQuery(queries.auditLog());
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
        <span key="action" className="mono">
          {entry.action}
        </span>,
        <span key="subject">
          {entry.subject}
          {entry.detail !== null && <div className="muted">{entry.detail}</div>}
        </span>,
        <span key="source" className="mono">
          {entry.sourceIp ?? '–'}
        </span>,
      ]}
    />
  );
}
