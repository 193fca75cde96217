import type { CommandLine } from '@watchpost/contracts/api/audit';
import type { TFunction } from 'i18next';
import { clockTime, moment } from '../../parts/moment.ts';
import { CommandText } from './CommandText.tsx';
import './commands.css';
import { durationText } from './duration-text.ts';
import { typedText } from './visible-text.ts';

/** Characters of a command that its line shows; all of it is in the record. */
const LINE_CHARACTERS = 600;
/** A command that took less says nothing of its duration in its line. */
const WORTH_TELLING_US = 100_000;

/** How it ended, as a name of a style. */
export function outcomeOf(line: CommandLine): 'ok' | 'failed' | 'running' | 'event' | 'warn' {
  if (line.kind === 'gap' || line.kind === 'silent' || line.kind === 'refused') return 'warn';
  if (line.kind !== 'start') return 'event';
  if (line.endedAt === null) return 'running';
  return line.exitCode === null || line.exitCode === 0 ? 'ok' : 'failed';
}

/** Styles of a line: how it ended, and whether it was hidden from the shell's history. */
export function lineClass(line: CommandLine, isOpen = false): string {
  return `cmd is-${outcomeOf(line)}${line.hidden === null ? '' : ' is-hidden'}${isOpen ? ' open' : ''}`;
}

/** `✓`, `✗ 3`, `… ` and how long it took. */
function Outcome({ line, t }: { readonly line: CommandLine; readonly t: TFunction }) {
  const outcome = outcomeOf(line);
  if (outcome === 'warn' || outcome === 'event') return <span className="cmd-end" />;
  const took = line.durationUs === null || line.durationUs < WORTH_TELLING_US ? '' : durationText(line.durationUs);
  return (
    <span className="cmd-end num">
      {took !== '' && <span className="muted">{took}</span>}{' '}
      <span className="cmd-code" title={t(`commands.outcomes.${outcome}`)}>
        {outcome === 'running' ? '…' : outcome === 'failed' ? `✗ ${line.exitCode}` : line.exitCode === null ? '?' : '✓'}
      </span>
    </span>
  );
}

/** Who: the login user too, when he works as somebody else. */
function Who({ line }: { readonly line: CommandLine }) {
  const isOther = line.loginUser !== null && line.loginUser !== line.user;
  return (
    <span className={isOther ? 'cmd-who is-other' : 'cmd-who'}>
      {isOther && <span className="muted clip">{line.loginUser}</span>}
      {isOther && '→'}
      {line.user ?? '–'}
    </span>
  );
}

/**
 * The parts of one line of a list: time, host, who, what, and how it ended. Nothing in it subscribes to anything: hundreds
 * of them are made in a second, and a hook in each cost more than its elements.
 */
export function CommandCells(props: {
  readonly line: CommandLine;
  readonly words?: readonly string[] | undefined;
  readonly hasDate?: boolean | undefined;
  readonly t: TFunction;
}) {
  const { line, words, t } = props;
  const [first = '', ...rest] = typedText(line).split('\n');
  return (
    <>
      <time className="cmd-at num">{props.hasDate === true ? moment(line.at / 1_000) : clockTime(line.at / 1_000)}</time>
      <span className="cmd-host">{line.host}</span>
      <Who line={line} />
      <span className="cmd-main">
        {line.kind === 'start' || line.kind === 'exec' ? (
          <>
            {line.hidden !== null && <span className="tag hidden-tag">{t(`commands.hidden.${line.hidden}`)}</span>}
            <CommandText
              text={first.slice(0, LINE_CHARACTERS)}
              masks={line.redactions}
              t={t}
              {...(words === undefined ? {} : { words })}
            />
            {first.length > LINE_CHARACTERS && '…'}
            {rest.length > 0 && <span className="tag">{t('commands.moreLines', { count: rest.length })}</span>}
          </>
        ) : (
          <em>
            {t(`commands.kind.${line.kind}`)}
            {line.cause !== null && `: ${t(`commands.cause.${line.cause}`)}`}
            {line.missing !== null && ` (${line.missing})`}
            {(line.kind === 'opened' || line.kind === 'closed') &&
              line.shell !== null &&
              ` · ${line.shell} ${line.shellPid ?? ''}`}
          </em>
        )}
      </span>
      <Outcome line={line} t={t} />
    </>
  );
}
