import type { CommandLine } from '@watchpost/contracts/api/audit';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { queries } from '../../api/queries.ts';
import { Bones } from '../../parts/Bones.tsx';
import { Dialog } from '../../parts/Dialog.tsx';
import { LoadError } from '../../parts/LoadError.tsx';
import { moment } from '../../parts/moment.ts';
import { CommandRow } from './CommandRow.tsx';
import { CommandText } from './CommandText.tsx';
import { typedText } from './visible-text.ts';

/** One record with all its fields, and its session around it. */
export function CommandDetail({
  line,
  onOpen,
  onClose,
}: {
  readonly line: CommandLine;
  readonly onOpen: (line: CommandLine) => void;
  readonly onClose: () => void;
}) {
  const { t } = useTranslation();
  const around = useQuery(queries.commandsAround(line.id));
  const fields: readonly (readonly [string, string | number | null])[] = [
    [t('commands.at'), moment(line.at / 1_000)],
    [t('commands.host'), line.host],
    [t('commands.user'), line.user === null ? null : `${line.user} (${line.uid ?? '?'})`],
    [t('commands.loginUser'), line.loginUser === null ? null : `${line.loginUser} (${line.loginUid ?? '?'})`],
    [t('commands.source'), line.sourceIp],
    [t('commands.tty'), line.tty],
    [t('commands.shell'), line.shell === null ? null : `${line.shell} ${line.shellPid ?? ''}`],
    [t('commands.cwd'), line.cwd],
    [t('commands.exit'), line.exitCode],
    [t('commands.duration'), line.durationUs === null ? null : `${(line.durationUs / 1e6).toFixed(3)} s`],
    [t('commands.hiddenBy'), line.hidden === null ? null : t(`commands.hidden.${line.hidden}`)],
    [t('commands.why'), line.detail],
    [t('commands.record'), line.id],
  ];
  return (
    <Dialog title={t('commands.one')} size="xl" onClose={onClose}>
      <div className="stack">
        {typedText(line) !== '' && (
          <pre className="cmd-full" tabIndex={0}>
            <CommandText text={typedText(line)} />
          </pre>
        )}
        <dl className="cmd-fields">
          {fields
            .filter(([, value]) => value !== null && value !== '')
            .map(([name, value]) => (
              <div key={name}>
                <dt>{name}</dt>
                <dd>
                  <bdi>{value}</bdi>
                </dd>
              </div>
            ))}
          {line.redactions.map(({ rule, token }, index) => (
            <div key={index}>
              <dt>{t('commands.masked')}</dt>
              <dd>
                {rule}{' '}
                <Link to="/commands" search={{ token }} onClick={onClose}>
                  {t('commands.sameSecret')}
                </Link>
              </dd>
            </div>
          ))}
        </dl>
        <div className="row spread">
          <h2>{t('commands.around')}</h2>
          <Link to="/sessions/$id" params={{ id: line.sessionId }} search={{ host: line.hostId }} onClick={onClose}>
            {t('commands.session')}
          </Link>
        </div>
        {around.error !== null && around.data === undefined && (
          <LoadError error={around.error} onRetry={() => void around.refetch()} />
        )}
        {around.isPending && <Bones height={160} />}
        <div className="cmd-list">
          {around.data?.map((each) => (
            <CommandRow key={each.id} line={each} isOpen={each.id === line.id} onOpen={onOpen} />
          ))}
        </div>
      </div>
    </Dialog>
  );
}
