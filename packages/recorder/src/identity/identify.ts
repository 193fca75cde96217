import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CommandCause } from '@watchpost/contracts/commands/command';
import type { SpoolFileName } from '../reader/spool-file.ts';
import type { ShellHeader } from '../spool-format/shell-record.ts';
import { type ProcessFacts, readProcess, startVariable, ttyName } from './process-facts.ts';
import { createUsers } from './users.ts';

/** Who a shell belongs to, as the kernel says. */
export type ShellIdentity = {
  readonly sessionId: string;
  readonly shellId: string;
  readonly shellPid: number;
  readonly shell: string;
  readonly user: string;
  readonly uid: number;
  readonly loginUser: string | null;
  readonly loginUid: number | null;
  readonly tty: string | null;
  readonly sourceIp: string | null;
  readonly interactive: boolean;
  /** Why this file is not believed; null: it is. */
  readonly trouble: { readonly cause: CommandCause; readonly detail: string } | null;
};

/** Ancestors that are looked at for the address of a login. */
const MOST_ANCESTORS = 20;
/** Of the name of a shell, as it crosses the wire. */
const NAME_CHARACTERS = 32;
const ROOT = 0;

/**
 * Finds out whose a spool file is. The user is the owner of the file, which the kernel wrote; login, session and terminal
 * are those of the living process. What a shell says of itself is believed when it is gone already, as far as it can put nobody
 * else in the place of the owner of the file: in a file of root, and where it names the owner himself.
 */
export function createIdentifier(options: { readonly procDir?: string } = {}): {
  readonly identify: (file: SpoolFileName & { readonly ownerUid: number }, header: ShellHeader | null) => ShellIdentity;
} {
  const procDir = options.procDir ?? '/proc';
  const users = createUsers();
  const boot = readBoot(procDir).slice(0, 8);

  return {
    identify(file, header) {
      const found = readProcess(procDir, file.pid);
      const living = found?.startTicks === file.startTicks ? found : null;
      const uid = file.ownerUid;
      const told = header?.loginUid ?? null;
      const loginUid = living === null ? (uid === ROOT || told === uid ? told : null) : living.loginUid;
      const ttyNumber = living?.ttyNumber ?? header?.ttyNumber ?? 0;
      return {
        sessionId: sessionOf(file, living, header),
        shellId: `${boot}.${file.pid}.${file.startTicks}.${file.random}`,
        shellPid: file.pid,
        shell: file.shell === 'command' ? (header?.name.slice(0, NAME_CHARACTERS) ?? 'sh') : file.shell,
        user: users.nameOf(uid),
        uid,
        loginUser: loginUid === null ? null : users.nameOf(loginUid),
        loginUid,
        tty: ttyName(ttyNumber),
        // An environment comes through su from the user; what sshd itself started has it from sshd.
        sourceIp:
          living === null
            ? addressOf(uid === ROOT && file.shell === 'command' ? (header?.sshConnection ?? '') : '')
            : sourceOf(living),
        interactive: header === null ? file.shell !== 'command' : header.mode !== 'c',
        trouble: troubleOf(file, living, header),
      };
    },
  };

  function sessionOf(
    file: SpoolFileName & { readonly ownerUid: number },
    living: ProcessFacts | null,
    header: ShellHeader | null,
  ): string {
    const told = file.ownerUid === ROOT ? (header?.auditSession ?? null) : null;
    const audit = living === null ? told : living.auditSession;
    if (audit !== null) return `${boot}-a${audit}`;
    if (living === null) return `${boot}-p${file.pid}-${file.startTicks}`;
    const leader = readProcess(procDir, topSession(living));
    return leader === null ? `${boot}-s${living.session}` : `${boot}-s${leader.pid}-${leader.startTicks}`;
  }

  /** su and sudo begin sessions of their own on terminals of their own: the login is where they were started from. */
  function topSession(shell: ProcessFacts): number {
    let { session } = shell;
    for (const ancestor of ancestorsOf(shell)) {
      if (['sshd', 'sshd-session', 'login', 'systemd', 'init'].includes(ancestor.name) || ancestor.session === 0) break;
      if (ancestor.ttyNumber > 0) ({ session } = ancestor);
    }
    return session;
  }

  function* ancestorsOf(shell: ProcessFacts): Generator<ProcessFacts> {
    let { ppid } = shell;
    for (let depth = 0; depth < MOST_ANCESTORS && ppid > 1; depth++) {
      const parent = readProcess(procDir, ppid);
      if (parent === null) return;
      yield parent;
      ({ ppid } = parent);
    }
  }

  /** The address is read from the process that sshd started: further down a user could have set it. */
  function sourceOf(living: ProcessFacts): string | null {
    let child = living;
    for (const ancestor of ancestorsOf(living)) {
      if (ancestor.name === 'sshd' || ancestor.name === 'sshd-session') {
        return addressOf(startVariable(procDir, child.pid, 'SSH_CONNECTION') ?? '');
      }
      child = ancestor;
    }
    return null;
  }
}

function troubleOf(
  file: SpoolFileName & { readonly ownerUid: number },
  living: ProcessFacts | null,
  header: ShellHeader | null,
): ShellIdentity['trouble'] {
  if (file.ownerUid !== file.uid) {
    return { cause: 'foreign-owner', detail: `the file names uid ${file.uid} and belongs to uid ${file.ownerUid}` };
  }
  if (living !== null && !living.uids.includes(file.ownerUid)) {
    return {
      cause: 'forged',
      detail: `process ${file.pid} runs as uid ${living.uids[0]}, the file belongs to uid ${file.ownerUid}`,
    };
  }
  if (header !== null && (header.pid !== file.pid || header.startTicks !== file.startTicks || header.euid !== file.ownerUid)) {
    return { cause: 'forged', detail: `the first record names process ${header.pid} of uid ${header.euid}` };
  }
  return null;
}

function addressOf(sshConnection: string): string | null {
  const [address = ''] = sshConnection.split(' ');
  return /^[0-9a-fA-F:.%]{2,64}$/.test(address) ? address : null;
}

function readBoot(procDir: string): string {
  try {
    return readFileSync(join(procDir, 'sys/kernel/random/boot_id'), 'utf8').trim();
  } catch {
    return 'unknown';
  }
}
