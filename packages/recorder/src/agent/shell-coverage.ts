import { unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { RecorderStatus } from '@watchpost/contracts/agents/recorder-wire';
import type { Clock } from '@watchpost/runtime/clock/clock';
import { createShellWatch, shellName, type UnhookedShell } from '../coverage/shell-watch.ts';
import { type ProcessLine, readProcessLine, ttyName } from '../identity/process-facts.ts';
import type { Users } from '../identity/users.ts';
import type { FollowedShell, FollowedShells } from './followed-shells.ts';
import type { LossLedger } from './loss-ledger.ts';
import { NOTHING } from './shell-commands.ts';

const USERS_SHOWN = 200;
/** Shells that one look reads. Where there are more, each has its turn: hundreds of idle sessions cost next to nothing. */
const SHELLS_AT_ONCE = 50;

/** Which shells of the host are recorded: ends those that are gone, finds those that live on without records. */
export type ShellCoverage = {
  readonly look: () => Promise<void>;
  readonly counts: () => Pick<RecorderStatus, 'shells' | 'users'>;
};

export function createShellCoverage(options: {
  readonly procDir: string;
  /** Folder of the spool files. */
  readonly dir: string;
  readonly shells: FollowedShells;
  readonly ledger: LossLedger;
  readonly users: Users;
  readonly clock: Clock;
  /** Whether the server has the records up to there. */
  readonly hasServer: (sequence: number) => boolean;
}): ShellCoverage {
  const { procDir, dir, shells, ledger, users, clock, hasServer } = options;
  const watch = createShellWatch({ procDir });
  let turn = 0;

  /** Shells that have ended are closed in one write. Their files are removed when the server has all of them. */
  const endAll = async (ended: ReadonlyMap<FollowedShell, string>): Promise<void> => {
    const read = [...ended].filter(([{ file }]) => !file.hasMore());
    const open = read.filter(([{ commands }]) => !commands.isClosed());
    const closing = open.flatMap(([{ file, commands }, why]) => {
      const cut = file.waiting();
      return [...(cut > 0 ? [commands.torn(cut)] : []), commands.closed(null, why)];
    });
    if (closing.length > 0) {
      await ledger.append(closing, (newest) => {
        for (const [shell] of open) shells.settle(shell, newest);
      });
    }
    for (const [shell] of read) {
      if (!hasServer(shell.newest)) continue;
      const { name } = shell.file;
      await shells.forget(shell, async () => {
        for (const each of [`${name}.h`, name]) await unlink(join(dir, each)).catch(() => {});
      });
    }
  };

  const lookAt = async (shell: FollowedShell, process: ProcessLine): Promise<void> => {
    const { file, commands, image } = shell;
    const { hasNews } = shell;
    shell.hasNews = false;
    if (shell.isSilent) return;
    const trouble = await shell.silence.look(process, {
      isRunning: commands.isRunning(),
      mayRead: commands.mayRead(),
      hasNews,
      image,
    });
    // What was not read yet, or came while the terminal was asked, tells that the hook is alive.
    if (trouble === null || shell.hasNews || file.hasMore()) return;
    shell.isSilent = true;
    await ledger.append([commands.silent('disarmed', trouble)]);
  };

  const tellUnhooked = async ({ pid, startTicks, uid, facts }: UnhookedShell): Promise<void> => {
    const shell = shellName(facts.name);
    ledger.pending.written += 1;
    await ledger.append([
      {
        ...NOTHING,
        kind: 'silent',
        cause: 'unhooked',
        detail: `an interactive ${shell} (process ${pid}) runs without a hook`,
        at: Math.round(clock.wallMs() * 1_000),
        sessionId: `unhooked-${pid}-${startTicks}`,
        shellPid: pid,
        shell,
        user: users.nameOf(uid),
        uid,
        loginUser: facts.loginUid === null ? null : users.nameOf(facts.loginUid),
        loginUid: facts.loginUid,
        tty: ttyName(facts.ttyNumber),
        interactive: true,
      },
    ]);
  };

  return {
    async look() {
      const youngest = new Map<string, FollowedShell>();
      for (const shell of shells.all()) {
        if ((youngest.get(shell.process)?.age ?? 0) < shell.age) youngest.set(shell.process, shell);
      }
      const ended = new Map<FollowedShell, string>();
      turn += 1;
      const turns = Math.ceil(youngest.size / SHELLS_AT_ONCE);
      for (const shell of shells.all()) {
        if (shell.age % turns !== turn % turns && !shell.silence.isInDoubt()) continue;
        const { file, image } = shell;
        const process = readProcessLine(procDir, file.pid);
        if (process?.startTicks !== file.startTicks) {
          ended.set(shell, 'the process of the shell has ended');
          continue;
        }
        const isReplaced = youngest.get(shell.process) !== shell && image !== '0' && process.image !== image;
        if (isReplaced) ended.set(shell, 'another shell took its place (exec)');
        else await lookAt(shell, process);
      }
      await endAll(ended);
      for (const unhooked of watch.look((pid, startTicks) => youngest.has(`${pid}.${startTicks}`))) await tellUnhooked(unhooked);
      shells.prune();
    },
    counts() {
      const perUser = new Map<string, { hooked: number; unhooked: number }>();
      const ofUser = (name: string) => {
        const entry = perUser.get(name) ?? { hooked: 0, unhooked: 0 };
        perUser.set(name, entry);
        return entry;
      };
      let silent = 0;
      for (const { file, commands, isSilent } of shells.all()) {
        if (commands.isClosed()) continue;
        if (isSilent) silent += 1;
        ofUser(users.nameOf(file.ownerUid)).hooked += 1;
      }
      for (const { uid } of watch.unhooked()) ofUser(users.nameOf(uid)).unhooked += 1;
      const totals = [...perUser.values()];
      return {
        shells: {
          hooked: totals.reduce((sum, { hooked }) => sum + hooked, 0) - silent,
          silent,
          unhooked: totals.reduce((sum, { unhooked }) => sum + unhooked, 0),
        },
        users: [...perUser].slice(0, USERS_SHOWN).map(([user, numbers]) => ({ user, ...numbers })),
      };
    },
  };
}
