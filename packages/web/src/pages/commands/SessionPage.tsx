import type { CommandLine } from '@watchpost/contracts/api/audit';
import { useQuery } from '@tanstack/react-query';
import { useParams, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { queries } from '../../api/queries.ts';
import { Bones } from '../../parts/Bones.tsx';
import { LoadError } from '../../parts/LoadError.tsx';
import { moment } from '../../parts/moment.ts';
import { CommandDetail } from './CommandDetail.tsx';
import { CommandRow } from './CommandRow.tsx';
import './commands.css';

/** All that one login did, in order, across su and sudo. */
export function SessionPage() {
  const { t } = useTranslation();
  const { id } = useParams({ from: '/inside/sessions/$id' });
  const { host = '' } = useSearch({ from: '/inside/sessions/$id' });
  const found = useQuery(queries.commandSession(id, host));
  const [opened, setOpened] = useState<CommandLine | null>(null);
  if (found.error !== null && found.data === undefined)
    return <LoadError error={found.error} onRetry={() => void found.refetch()} />;
  if (found.data === undefined) return <Bones height={400} />;
  const { session, commands } = found.data;
  const facts = [
    [t('commands.host'), session.host],
    [t('commands.loginUser'), session.loginUser ?? '–'],
    [t('commands.users'), session.users.join(', ')],
    [t('commands.source'), session.sourceIp ?? '–'],
    [t('commands.tty'), session.tty ?? '–'],
    [t('commands.began'), moment(session.startedAt / 1_000)],
    [t('commands.ended'), session.endedAt === null ? t('commands.stillOpen') : moment(session.endedAt / 1_000)],
    [t('commands.commands'), session.commands],
    [t('commands.failed'), session.failed],
    [t('commands.hiddenCount'), session.hidden],
    [t('commands.gaps'), session.gaps],
  ] as const;
  return (
    <div className="stack">
      <h1>{t('commands.session')}</h1>
      <dl className="card pad cmd-fields">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>
              <bdi>{value}</bdi>
            </dd>
          </div>
        ))}
      </dl>
      <div className="card cmd-list dated">
        {commands.map((line) => (
          <CommandRow key={line.id} line={line} hasDate onOpen={setOpened} />
        ))}
      </div>
      {opened !== null && <CommandDetail line={opened} onOpen={setOpened} onClose={() => setOpened(null)} />}
    </div>
  );
}
