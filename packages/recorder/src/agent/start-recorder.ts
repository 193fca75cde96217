import { unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { UnchainedCommand } from '@watchpost/contracts/commands/command';
import type { RecorderStatus } from '@watchpost/contracts/agents/recorder-wire';
import { WIRE_LIMITS } from '@watchpost/contracts/protocol';
import { type Clock, systemClock } from '@watchpost/runtime/clock/clock';
import { delay } from '@watchpost/runtime/clock/delay';
import type { Identity } from '@watchpost/runtime/enrolment/enrolment';
import { createAgentClient } from '@watchpost/runtime/http-client/agent-client';
import type { Log } from '@watchpost/runtime/log/log';
import type { Metrics } from '@watchpost/runtime/metrics/metrics';
import { openSpool, type Spool } from '@watchpost/runtime/spool/spool';
import { createSequenceSet } from '@watchpost/runtime/spool/sequence-set';
import { startUplink } from '@watchpost/runtime/uplink/uplink';
import { createShellWatch, shellName } from '../coverage/shell-watch.ts';
import { createIdentifier } from '../identity/identify.ts';
import { readProcess, ttyName } from '../identity/process-facts.ts';
import { createUsers } from '../identity/users.ts';
import { followSpool } from '../reader/follow-spool.ts';
import type { SpoolFile } from '../reader/spool-file.ts';
import { createRedactor } from '../redaction/redactor.ts';
import { readCheckpoint, writeCheckpoint } from './checkpoint.ts';
import { createCommandLog } from './command-log.ts';
import { recover } from './recover.ts';
import { type Counts, createShellCommands, NOTHING, type ShellCommands } from './shell-commands.ts';

export type RecorderSettings = {
  readonly dataDir: string;
  /** Folder of the shells' spool files. */
  readonly shellSpool: string;
  readonly spoolMaxBytes?: number;
  readonly spoolMaxAgeMs?: number;
  readonly allowInsecure?: boolean;
  readonly caPem?: string;
  /** Key of the tokens of masked secrets, 32 bytes, the same on all hosts of a server. */
  readonly redactionKey: Buffer;
};

export type Recorder = {
  readonly status: () => RecorderStatus;
  /** Writes down how far it is, and ends. What was not sent stays in the spool. */
  readonly close: () => Promise<void>;
};

const COMMANDS_PATH = '/api/v1/agents/self/commands';
const EVERY_MS = { checkpoint: 1_000, coverage: 3_000, status: 10_000 } as const;
/** People look on: a command does not wait long for others to go with it. */
const COALESCE_MS = 20;
/** Records are settled a moment after they were written: no more than that is waited for. */
const SAVE_ATTEMPTS = 100;
const GAPS_AT_ONCE = 100;
const USERS_SHOWN = 200;

type Followed = { readonly file: SpoolFile; readonly commands: ShellCommands; newest: number; isSilent: boolean };

/**
 * Runs a recorder: follows the spool files of the shells, adds who and from where, masks secrets, chains the records and
 * sends them. Rejects with AppError when the spool or the checkpoint cannot be used.
 */
export async function startRecorder(options: {
  readonly identity: Identity;
  readonly settings: RecorderSettings;
  readonly version: string;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly signal: AbortSignal;
  readonly clock?: Clock;
}): Promise<Recorder> {
  const { identity, settings, log, metrics } = options;
  const clock = options.clock ?? systemClock;
  const { dataDir } = settings;
  const ending = new AbortController();
  const signal = AbortSignal.any([options.signal, ending.signal]);
  const startedAt = clock.wallMs();
  const connection = {
    serverUrl: identity.serverUrl,
    key: identity.key,
    ...(settings.allowInsecure === undefined ? {} : { allowInsecure: settings.allowInsecure }),
    ...(settings.caPem === undefined ? {} : { caPem: settings.caPem }),
  };
  const checkpoint = await readCheckpoint(dataDir);
  const spool = await openSpool({
    dir: join(dataDir, 'spool'),
    recordBytes: WIRE_LIMITS.commandBytes,
    ...(settings.spoolMaxBytes === undefined ? {} : { maxBytes: settings.spoolMaxBytes }),
    ...(settings.spoolMaxAgeMs === undefined ? {} : { maxAgeMs: settings.spoolMaxAgeMs }),
    clock,
    log,
    metrics,
  });
  const recovered = await recover(spool, checkpoint);
  const counts: Counts = {
    written: (checkpoint?.written ?? 0) + recovered.records,
    missing: checkpoint?.missing ?? 0,
    refused: checkpoint?.refused ?? 0,
  };
  const acknowledged = createSequenceSet();
  const commandLog = createCommandLog({ spool, hostId: identity.agentId, head: recovered.head, log, signal });
  const redactor = createRedactor({ key: settings.redactionKey });
  const { identify } = createIdentifier();
  const users = createUsers();
  const followed = new Map<string, Followed>();
  const positions = new Map(Object.entries(checkpoint?.files ?? {}));

  /** What is durable and counted, as one state: the checkpoint is made of it. */
  const settled = { head: recovered.head };
  /** Counts of records that are being written. */
  const delta: Counts = { written: 0, missing: 0, refused: 0 };
  const append = async (commands: readonly UnchainedCommand[]): Promise<void> => {
    const { written, missing, refused } = delta;
    Object.assign(delta, { written: 0, missing: 0, refused: 0 });
    if (commands.length > 0) settled.head = await commandLog.append(commands);
    counts.written += written;
    counts.missing += missing;
    counts.refused += refused;
    isDirty = true;
  };
  const droppedCount = (): number =>
    (checkpoint?.dropped ?? 0) + Object.values(spool.stats().dropped).reduce((sum, records) => sum + records, 0);
  /** What was spooled and neither waits nor was dropped. */
  const acknowledgedCount = (): number => Math.max(0, settled.head.sequence - spool.stats().records - droppedCount());

  let isDirty = false;
  let saving: Promise<void> = Promise.resolve();
  const saved = { sequence: checkpoint?.epoch === spool.epoch ? checkpoint.sequence : 0 };
  /** One after the other. What is written is what was durable when its turn came. */
  const save = (): Promise<void> => {
    saving = saving
      .catch(() => {})
      .then(async () => {
        const { sequence, hash } = commandLog.head();
        isDirty = false;
        await writeCheckpoint(dataDir, {
          epoch: spool.epoch,
          sequence,
          hash,
          files: Object.fromEntries(positions),
          ...counts,
          acknowledged: acknowledgedCount(),
          dropped: droppedCount(),
        });
        saved.sequence = sequence;
      });
    return saving;
  };
  /** Before the spool forgets records, the checkpoint knows them. */
  const checkpointedSpool: Spool = {
    ...spool,
    async acknowledge(first, last) {
      for (let attempt = 0; last > saved.sequence && attempt < SAVE_ATTEMPTS; attempt++) await save();
      await spool.acknowledge(first, last);
      acknowledged.add(first, last);
      isDirty = true;
    },
  };

  const keyOf = (file: { readonly pid: number; readonly startTicks: string; readonly random: string }): string =>
    `${file.pid}.${file.startTicks}.${file.random}`;
  const following = followSpool({
    dir: settings.shellSpool,
    positionOf: (inode, name) => {
      const position = positions.get(name);
      return position?.inode === inode ? position : null;
    },
    onOpen: (file) => {
      const sequence = Math.max(positions.get(file.name)?.sequence ?? 0, recovered.shells.get(keyOf(file)) ?? 0);
      const commands = createShellCommands({ file, sequence, identify, redactor, counts: delta, clock });
      followed.set(file.name, { file, commands, newest: 0, isSilent: false });
    },
    onClose: (file) => {
      followed.delete(file.name);
      positions.delete(file.name);
      isDirty = true;
    },
    take: async (found) => {
      const [first] = found;
      const shell = first === undefined ? undefined : followed.get(first.file.name);
      if (shell === undefined) return;
      const commands = found.flatMap((each) => shell.commands.take(each));
      await append(commands);
      shell.newest = commandLog.head().sequence;
      shell.isSilent = false;
      positions.set(shell.file.name, {
        inode: shell.file.inode,
        offset: shell.file.offset(),
        sequence: shell.commands.sequence(),
      });
      isDirty = true;
    },
    log,
    signal,
  }).catch((error: unknown) => {
    if (!signal.aborted) log.fatal({ err: error }, 'the spool files of the shells can no longer be read');
  });
  const uplink = startUplink({
    spool: checkpointedSpool,
    ...connection,
    path: COMMANDS_PATH,
    signal,
    log,
    metrics,
    clock,
    limits: { coalesceMs: COALESCE_MS },
  });

  const watch = createShellWatch();
  /** Ends what a shell that is gone has left, and finds shells that live on without records. */
  const lookAtShells = async (): Promise<void> => {
    for (const shell of followed.values()) {
      const { file, commands } = shell;
      const living = readProcess('/proc', file.pid);
      if (living?.startTicks !== file.startTicks) {
        await endOf(shell);
        continue;
      }
      const isBusy = living.foreground > 0 && living.foreground !== living.group && living.ttyNumber > 0;
      if (isBusy && !commands.isRunning() && !shell.isSilent && !file.hasMore()) {
        shell.isSilent = true;
        await append([commands.silent('disarmed', 'the shell runs a command that its hook has not told')]);
      }
    }
    const hooked = new Set([...followed.values()].map(({ file }) => `${file.pid}.${file.startTicks}`));
    for (const { pid, startTicks, uid, facts } of watch.look((id, ticks) => hooked.has(`${id}.${ticks}`))) {
      const user = users.nameOf(uid);
      delta.written += 1;
      const shell = shellName(facts.name);
      const loginUser = facts.loginUid === null ? null : users.nameOf(facts.loginUid);
      const detail = `an interactive ${shell} (process ${pid}) runs without a hook`;
      await append([
        {
          ...NOTHING,
          kind: 'silent',
          cause: 'unhooked',
          detail,
          at: Math.round(clock.wallMs() * 1_000),
          sessionId: `unhooked-${pid}-${startTicks}`,
          shellPid: pid,
          shell,
          user,
          uid,
          loginUser,
          loginUid: facts.loginUid,
          tty: ttyName(facts.ttyNumber),
          interactive: true,
        },
      ]);
    }
  };
  const ended = new Set<string>();
  /** Its file is removed when the server has all of it. */
  const endOf = async (shell: Followed): Promise<void> => {
    const { file, commands } = shell;
    if (file.hasMore()) return;
    if (!ended.has(file.name)) {
      ended.add(file.name);
      await append([commands.closed(null, 'the process of the shell has ended')]);
      shell.newest = commandLog.head().sequence;
      isDirty = true;
    }
    if (spool.stats().records > 0 && !acknowledged.covers(shell.newest, shell.newest)) return;
    ended.delete(file.name);
    followed.delete(file.name);
    for (const name of [file.name, `${file.name}.h`]) await unlink(join(settings.shellSpool, name)).catch(() => {});
  };

  let clockOffsetMs: number | null = null;
  let cpuRatio = 0;
  let cpu = { usage: process.cpuUsage(), atUs: clock.monotonicUs() };
  const status = (): RecorderStatus => {
    const spooled = spool.stats();
    const used = process.cpuUsage(cpu.usage);
    const atUs = clock.monotonicUs();
    if (atUs - cpu.atUs > 5e6) {
      cpuRatio = (used.user + used.system) / (atUs - cpu.atUs);
      cpu = { usage: process.cpuUsage(), atUs };
    }
    const perUser = new Map<string, { hooked: number; unhooked: number }>();
    const ofUser = (name: string) => {
      const entry = perUser.get(name) ?? { hooked: 0, unhooked: 0 };
      perUser.set(name, entry);
      return entry;
    };
    for (const { file } of followed.values()) if (!ended.has(file.name)) ofUser(users.nameOf(file.ownerUid)).hooked += 1;
    for (const [uid, count] of watch.unhooked()) ofUser(users.nameOf(uid)).unhooked += count;
    const silent = [...followed.values()].filter(({ isSilent }) => isSilent).length;
    const totals = [...perUser.values()];
    return {
      version: options.version,
      startedAt,
      budget: {
        ...counts,
        spooled: settled.head.sequence,
        sent: acknowledgedCount(),
        acknowledged: acknowledgedCount(),
      },
      spoolBytes: spooled.bytes,
      spoolLimitBytes: spooled.limitBytes,
      shells: {
        hooked: totals.reduce((sum, { hooked }) => sum + hooked, 0) - silent,
        silent,
        unhooked: totals.reduce((sum, { unhooked }) => sum + unhooked, 0),
      },
      users: [...perUser].slice(0, USERS_SHOWN).map(([user, numbers]) => ({ user, ...numbers })),
      cpuRatio,
      rssBytes: process.memoryUsage.rss(),
      clockOffsetMs,
    };
  };

  const client = createAgentClient({ ...connection, clock });
  const repeat = async (everyMs: number, what: string, work: () => Promise<void>): Promise<void> => {
    let isFailing = false;
    while (!signal.aborted) {
      try {
        await work();
        isFailing = false;
      } catch (error) {
        if (!signal.aborted && !isFailing) log.warn({ err: error }, `${what} failed; it is tried again`);
        isFailing = true;
      }
      await delay(everyMs, signal);
    }
  };
  const loops = Promise.all([
    repeat(EVERY_MS.checkpoint, 'writing the checkpoint', async () => {
      if (isDirty) await save();
    }),
    repeat(EVERY_MS.coverage, 'looking at the shells', lookAtShells),
    repeat(EVERY_MS.status, 'reporting the status', async () => {
      clockOffsetMs = await client.postRecorderStatus(status(), signal);
      const gaps = spool.takeGaps().slice(0, GAPS_AT_ONCE);
      if (gaps.length === 0) return;
      await client.postRecorderGaps(gaps, signal);
      await spool.confirmGaps(gaps);
    }),
  ]);

  let closed: Promise<void> | null = null;
  const close = async (): Promise<void> => {
    ending.abort();
    await Promise.all([loops, following, uplink.close()]);
    client.close();
    await save().catch((error: unknown) => log.warn({ err: error }, 'the checkpoint was not written; the next start reads more'));
    await spool.close();
    log.info('the recorder has stopped');
  };
  return { status, close: () => (closed ??= close()) };
}
