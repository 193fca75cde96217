import type { CommandLine } from '@watchpost/contracts/api/audit';
import { useTranslation } from 'react-i18next';
import { moment } from '../../parts/moment.ts';
import { CommandText } from './CommandText.tsx';
import './commands.css';
import { typedText } from './visible-text.ts';

/** `exit 3`, `0.2 s`, `…` */
function Outcome({ line }: { readonly line: CommandLine }) {
  if (line.kind !== 'start') return <span className="cmd-end" />;
  if (line.endedAt === null) return <span className="cmd-end muted">…</span>;
  const seconds = line.durationUs === null ? '' : line.durationUs < 100_000 ? '' : ` ${(line.durationUs / 1e6).toFixed(1)} s`;
  const isBad = line.exitCode !== null && line.exitCode !== 0;
  return (
    <span className={`cmd-end num ${isBad ? 'bad' : 'muted'}`}>
      {line.exitCode === null ? '?' : isBad ? line.exitCode : '✓'}
      {seconds}
    </span>
  );
}

/** Who: the login user too, when he works as somebody else. */
export function Who({ line }: { readonly line: CommandLine }) {
  const isOther = line.loginUser !== null && line.loginUser !== line.user;
  return (
    <span className="cmd-who">
      {isOther && <span className="muted">{line.loginUser} → </span>}
      {line.user ?? '–'}
    </span>
  );
}

/** One line of the stream: a command with its end, or a record that is none. */
export function CommandRow(props: {
  readonly line: CommandLine;
  readonly words?: readonly string[];
  readonly isOpen?: boolean;
  readonly hasDate?: boolean;
  readonly onOpen: (line: CommandLine) => void;
}) {
  const { t } = useTranslation();
  const { line } = props;
  const text = typedText(line);
  const [first = '', ...rest] = text.split('\n');
  const isCommand = line.kind === 'start';
  const stands =
    line.kind === 'gap' || line.kind === 'silent' || line.kind === 'refused' ? 'warn' : line.hidden === null ? '' : 'hidden';
  const at = moment(line.at / 1_000);
  return (
    <button
      type="button"
      className={`cmd ${stands} ${isCommand ? '' : 'quiet'} ${props.isOpen === true ? 'open' : ''}`}
      onClick={() => props.onOpen(line)}
    >
      <time className="cmd-at num muted">{props.hasDate === true ? at : at.slice(-8)}</time>
      <span className="cmd-host">{line.host}</span>
      <Who line={line} />
      <span className="cmd-main">
        {isCommand ? (
          <>
            <CommandText text={first} words={props.words ?? []} />
            {rest.length > 0 && <span className="tag">{t('commands.moreLines', { count: rest.length })}</span>}
            {line.hidden !== null && <span className="tag hidden-tag">{t(`commands.hidden.${line.hidden}`)}</span>}
          </>
        ) : (
          <em>
            {t(`commands.kind.${line.kind}`)}
            {line.cause !== null && `: ${t(`commands.cause.${line.cause}`)}`}
            {line.missing !== null && ` (${line.missing})`}
            {(line.kind === 'opened' || line.kind === 'closed') && line.shell !== null && ` ${line.shell} ${line.shellPid ?? ''}`}
          </em>
        )}
      </span>
      <Outcome line={line} />
    </button>
  );
}
