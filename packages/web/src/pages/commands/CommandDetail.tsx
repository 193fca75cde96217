import type { CommandLine } from '@watchpost/contracts/api/audit';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useTranslation } from '../../language/texts.ts';
import { queries } from '../../api/queries.ts';
import { Bones } from '../../parts/Bones.tsx';
import { Dialog } from '../../parts/Dialog.tsx';
import { LoadError } from '../../parts/LoadError.tsx';
import { moment } from '../../parts/moment.ts';
import { CommandRow } from './CommandRow.tsx';
import { CommandText, pressedToken } from './CommandText.tsx';
import { durationText } from './duration-text.ts';
import { typedText } from './visible-text.ts';

/** Brings the record itself into sight, in the middle of what is around it. */
function showOpen(box: HTMLElement | null): void {
  const open = box?.querySelector<HTMLElement>('[aria-current]');
  if (box === null || open === null || open === undefined) return;
  box.scrollTop = open.offsetTop - box.offsetTop - (box.clientHeight - open.clientHeight) / 2;
}

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
  const navigate = useNavigate();
  const around = useQuery(queries.commandsAround(line.id));
  const fields: readonly (readonly [string, string | number | null])[] = [
    [t('commands.at'), moment(line.at / 1_000)],
    [t('commands.user'), line.user === null ? null : `${line.user} (${line.uid ?? '?'})`],
    [t('commands.loginUser'), line.loginUser === null ? null : `${line.loginUser} (${line.loginUid ?? '?'})`],
    [t('commands.source'), line.sourceIp],
    [t('commands.tty'), line.tty],
    [t('commands.shell'), line.shell === null ? null : `${line.shell} ${line.shellPid ?? ''}`],
    [t('commands.cwd'), line.cwd],
    [t('commands.exit'), line.exitCode],
    [t('commands.duration'), line.durationUs === null ? null : durationText(line.durationUs)],
    [t('commands.hiddenBy'), line.hidden === null ? null : t(`commands.hidden.${line.hidden}`)],
    [t('commands.why'), line.detail],
    [t('commands.record'), line.id],
  ];
  return (
    <Dialog title={t('commands.one')} size="xl" onClose={onClose}>
      <div className="stack">
        {typedText(line) !== '' && (
          // oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/no-noninteractive-element-interactions -- the same is a link below
          <pre
            className="cmd-full"
            tabIndex={0}
            onClick={({ target }) => {
              const token = pressedToken(target);
              if (token === null) return;
              onClose();
              void navigate({ to: '/commands', search: { token } });
            }}
          >
            <CommandText text={typedText(line)} masks={line.redactions} t={t} />
          </pre>
        )}
        <dl className="cmd-fields">
          <div>
            <dt>{t('commands.host')}</dt>
            <dd>
              <Link to="/hosts/$id" params={{ id: line.hostId }} onClick={onClose}>
                {line.host}
              </Link>
            </dd>
          </div>
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
        {around.isPending && <Bones height={322} />}
        {around.data !== undefined && (
          <div key={line.id} ref={showOpen} className="cmd-around" tabIndex={0} role="region" aria-label={t('commands.around')}>
            {around.data.map((each) => (
              <CommandRow key={each.id} line={each} isOpen={each.id === line.id} onOpen={onOpen} />
            ))}
          </div>
        )}
      </div>
    </Dialog>
  );
}
