import type { CommandLine, Session } from '@watchpost/contracts/api/audit';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams, useSearch } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { useTranslation } from '../../language/texts.ts';
import { queries } from '../../api/queries.ts';
import { Bones } from '../../parts/Bones.tsx';
import { LoadError } from '../../parts/LoadError.tsx';
import { moment } from '../../parts/moment.ts';
import { OutcomeShape } from '../../parts/OutcomeBadge.tsx';
import { PageTitle } from '../../parts/PageTitle.tsx';
import { CommandDetail } from './CommandDetail.tsx';
import { CommandRow } from './CommandRow.tsx';
import './commands.css';
import { durationText } from './duration-text.ts';
import { sessionParts } from './session-parts.ts';

/** All that one login did, in order, across su and sudo. */
export function SessionPage() {
  const { t } = useTranslation();
  const { id } = useParams({ from: '/inside/sessions/$id' });
  const { host = '' } = useSearch({ from: '/inside/sessions/$id' });
  const found = useQuery(queries.commandSession(id, host));
  const [opened, setOpened] = useState<CommandLine | null>(null);
  const parts = useMemo(() => sessionParts(found.data?.commands ?? []), [found.data]);
  if (found.error !== null && found.data === undefined) {
    return (
      <div className="stack">
        <PageTitle text={t('commands.session')} />
        <LoadError error={found.error} onRetry={() => void found.refetch()} />
      </div>
    );
  }
  if (found.data === undefined) return <Bones height={400} />;
  const { session } = found.data;
  return (
    <div className="stack">
      <SessionHead session={session} />
      <ol className="session">
        {parts.map((part) => {
          const [first] = part.lines;
          if (first === undefined) return null;
          const isOther = first.loginUser !== null && part.user !== first.loginUser;
          return (
            <li key={part.key} className={`card ${isOther ? 'as-other' : ''}`}>
              <h2 className="session-who">
                <bdi>{part.user ?? '–'}</bdi>
                {isOther && <span className="muted"> {t('commands.loggedInAs', { user: first.loginUser ?? '' })}</span>}
                <span className="muted session-shell">
                  {[first.shell, first.shellPid, first.tty].filter((each) => each !== null).join(' · ')}
                </span>
              </h2>
              <div className="cmd-list dated">
                {part.lines.map((line) => (
                  <CommandRow key={line.id} line={line} hasDate onOpen={setOpened} />
                ))}
              </div>
            </li>
          );
        })}
      </ol>
      {opened !== null && <CommandDetail line={opened} onOpen={setOpened} onClose={() => setOpened(null)} />}
    </div>
  );
}

function SessionHead({ session }: { readonly session: Session }) {
  const { t } = useTranslation();
  const isOpen = session.endedAt === null;
  const facts = [
    [t('commands.users'), session.users.join(' → ')],
    [t('commands.source'), session.sourceIp ?? '–'],
    [t('commands.tty'), session.tty ?? '–'],
    [t('commands.began'), moment(session.startedAt / 1_000)],
    [t('commands.ended'), isOpen ? t('commands.stillOpen') : moment((session.endedAt ?? 0) / 1_000)],
    [t('commands.duration'), isOpen ? '–' : durationText((session.endedAt ?? 0) - session.startedAt)],
    [t('commands.commands'), session.commands],
    [t('commands.failed'), session.failed],
    [t('commands.hiddenCount'), session.hidden],
    [t('commands.gaps'), session.gaps],
  ] as const;
  return (
    <>
      <div>
        <div className="row tight muted small">
          <Link to="/commands">{t('commands.search')}</Link>
          <span aria-hidden="true">/</span>
          <Link to="/hosts/$id" params={{ id: session.hostId }}>
            {session.host}
          </Link>
        </div>
        <div className="row spread">
          <PageTitle text={t('commands.sessionOf', { user: session.loginUser ?? session.users[0] ?? '–', host: session.host })} />
          <div className="row">
            <span className="row tight small">
              <OutcomeShape outcome={isOpen ? 'up' : 'unknown'} size={9} />
              {t(isOpen ? 'commands.stillOpen' : 'commands.hasEnded')}
            </span>
            <Link to="/commands" search={{ session: session.id, hosts: session.hostId }}>
              {t('commands.searchInside')}
            </Link>
          </div>
        </div>
      </div>
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
    </>
  );
}
