import { join } from 'node:path';
import type { Clock } from '@watchpost/runtime/clock/clock';
import { createSilenceCheck, type SilenceCheck } from '../coverage/silence.ts';
import type { ShellIdentity } from '../identity/identify.ts';
import { readProcessLine } from '../identity/process-facts.ts';
import { createFolder } from '../reader/folder.ts';
import type { Found } from '../reader/follow-spool.ts';
import type { Unbelieved } from '../reader/places.ts';
import { parseFileName, type SpoolFile, type SpoolFileName, statOf } from '../reader/spool-file.ts';
import type { ShellHeader } from '../spool-format/shell-record.ts';
import type { Checkpoint, FilePosition } from './checkpoint.ts';
import type { LossLedger } from './loss-ledger.ts';
import type { MaskedTexts } from './masked-texts.ts';
import type { Recovered } from './recover.ts';
import { createShellCommands, NOTHING, type ShellCommands } from './shell-commands.ts';

/** A shell whose spool file is followed. */
export type FollowedShell = {
  /** The one that has its name now; one that was removed before may still be read. */
  file: SpoolFile;
  readonly commands: ShellCommands;
  readonly silence: SilenceCheck;
  /** Of its process: pid and start ticks. */
  readonly process: string;
  readonly image: string;
  /** Place in the order in which files were opened. */
  readonly age: number;
  /** Sequence of the newest record in the spool of the recorder. */
  newest: number;
  isSilent: boolean;
  /** Records came since the last look. */
  hasNews: boolean;
};

export type FollowedShells = {
  readonly all: () => Iterable<FollowedShell>;
  readonly positionOf: (inode: number, name: string) => FilePosition | null;
  readonly opened: (file: SpoolFile) => void;
  readonly take: (found: readonly Found[]) => Promise<void>;
  /** Its records, or its end, are in the spool: a recorder that starts later goes on from there. */
  readonly settle: (shell: FollowedShell, newest: number) => void;
  readonly refuse: (name: Unbelieved) => Promise<void>;
  /** Its file is done with. How far it was read is known until `remove` has removed it. */
  readonly forget: (shell: FollowedShell, remove: () => Promise<void>) => Promise<void>;
  /** How far the files were read. Names of files that are gone stay as long as their shell lives. */
  readonly positions: () => Pick<Checkpoint, 'files' | 'ahead'>;
  /** Lets go of positions in files that are gone together with their shell. */
  readonly prune: () => void;
};

const WHY: Readonly<Record<Unbelieved['why'], string>> = {
  link: 'what stands in place of a spool file is no file',
  known: 'a spool file of another shell has a second name',
  many: 'the user has too many files here: this one, and more, are not read',
  full: 'as many files are read as can be: this one waits until others are gone',
};

const REFUSED = { kind: 'refused', cause: 'forged' } as const;

export function createFollowedShells(options: {
  readonly procDir: string;
  /** Folder of the spool files. */
  readonly dir: string;
  readonly ledger: LossLedger;
  /** What the spool of the recorder held at the start, beyond the checkpoint. */
  readonly recovered: Pick<Recovered, 'shells'>;
  readonly before: Readonly<Record<string, FilePosition>>;
  readonly identify: (file: SpoolFileName & { readonly ownerUid: number }, header: ShellHeader | null) => ShellIdentity;
  readonly texts: MaskedTexts;
  readonly clock: Clock;
  readonly onChange: () => void;
}): FollowedShells {
  const { procDir, dir, ledger, identify, texts, clock, onChange } = options;
  const shells = new Map<string, FollowedShell>();
  const positions = new Map(Object.entries(options.before));
  /** Of the recovered shells, those of which `positions` does not say it all. */
  const ahead = new Map(options.recovered.shells);
  const folder = createFolder(dir);
  let opened = 0;

  const settle: FollowedShells['settle'] = (shell, newest) => {
    const { file, image, commands } = shell;
    shell.newest = newest;
    positions.set(file.name, { inode: file.inode, offset: file.offset(), image, ...commands.past() });
    if (!commands.isRepeating()) ahead.delete(keyOf(file));
    onChange();
  };

  return {
    all: () => shells.values(),
    positionOf(inode, name) {
      const position = positions.get(name);
      return position?.inode === inode ? position : null;
    },
    opened(file) {
      const known = shells.get(file.name);
      if (known !== undefined) {
        known.file = file;
        return;
      }
      const position = positions.get(file.name);
      const process = readProcessLine(procDir, file.pid);
      const image = process?.startTicks === file.startTicks ? process.image : '0';
      const inSpool = ahead.get(keyOf(file));
      const past = {
        sequence: position?.sequence ?? 0,
        repeated: inSpool?.sequence ?? 0,
        open: position?.open ?? [],
        mayRead: position?.mayRead ?? false,
        isClosed: inSpool?.isClosed === true || (position?.isClosed ?? false),
      };
      const shell: FollowedShell = {
        file,
        commands: createShellCommands({ file, past, identify, textOf: texts.of, counts: ledger.pending, clock }),
        silence: createSilenceCheck({ procDir }),
        process: `${file.pid}.${file.startTicks}`,
        image: position === undefined ? image : position.image,
        age: (opened += 1),
        newest: 0,
        isSilent: false,
        hasNews: true,
      };
      shells.set(file.name, shell);
      if (inSpool !== undefined) settle(shell, 0);
    },
    settle,
    async take(found) {
      const [first] = found;
      const shell = first === undefined ? undefined : shells.get(first.file.name);
      if (first === undefined || shell === undefined) return;
      const commands = found.flatMap((each) => shell.commands.take(each));
      await ledger.append(commands, (newest) => settle(shell, newest));
      shell.isSilent = false;
      shell.hasNews = true;
    },
    async refuse(name) {
      const { trouble: _, ...who } = identify(name, null);
      // Who finds no room has done nothing wrong: his records are missing, as long as there is none.
      const what = name.why === 'full' ? ({ kind: 'gap', cause: 'reader-lost' } as const) : REFUSED;
      ledger.pending.written += 1;
      if (what === REFUSED) ledger.pending.refused += 1;
      const at = Math.round(clock.wallMs() * 1_000);
      const detail = `${WHY[name.why]}: ${name.name}`;
      await ledger.append([{ ...NOTHING, ...who, ...what, at, detail }]);
      onChange();
    },
    async forget({ file: { name } }, remove) {
      shells.delete(name);
      await remove();
      if (statOf(join(dir, name)) === null) positions.delete(name);
      onChange();
    },
    positions: () => ({ files: Object.fromEntries(positions), ahead: Object.fromEntries(ahead) }),
    prune() {
      const isAlive = (pid: number, startTicks: string) => readProcessLine(procDir, pid)?.startTicks === startTicks;
      for (const name of positions.keys()) {
        const parsed = shells.has(name) ? null : parseFileName(name);
        if (parsed === null || statOf(join(dir, name)) !== null) continue;
        if (!isAlive(parsed.pid, parsed.startTicks)) positions.delete(name);
      }
      // A folder that cannot be read now says nothing of its files.
      const names = ahead.size === 0 ? null : folder.changedNames(true);
      if (names === null) return;
      const there = new Set(names.map((name) => parseFileName(name)).map((parsed) => parsed && keyOf(parsed)));
      for (const key of ahead.keys()) {
        const [pid = '', startTicks = ''] = key.split('.');
        if (!there.has(key) && !isAlive(Number(pid), startTicks)) ahead.delete(key);
      }
    },
  };
}

function keyOf({ pid, startTicks, random }: SpoolFileName): string {
  return `${pid}.${startTicks}.${random}`;
}
