import { join } from 'node:path';
import type { RecorderStatus } from '@watchpost/contracts/agents/recorder-wire';
import { WIRE_LIMITS } from '@watchpost/contracts/protocol';
import { type Clock, systemClock } from '@watchpost/runtime/clock/clock';
import { delay } from '@watchpost/runtime/clock/delay';
import type { Identity } from '@watchpost/runtime/enrolment/enrolment';
import { createAgentClient } from '@watchpost/runtime/http-client/agent-client';
import type { Log } from '@watchpost/runtime/log/log';
import { dropLoadedPages } from '@watchpost/runtime/memory/loaded-pages';
import type { Metrics } from '@watchpost/runtime/metrics/metrics';
import { createSequenceSet } from '@watchpost/runtime/spool/sequence-set';
import { openSpool } from '@watchpost/runtime/spool/spool';
import { startUplink } from '@watchpost/runtime/uplink/uplink';
import { createIdentifier } from '../identity/identify.ts';
import { readProcessLine } from '../identity/process-facts.ts';
import { createUsers } from '../identity/users.ts';
import { followSpool } from '../reader/follow-spool.ts';
import type { PlaceLimits } from '../reader/places.ts';
import { DEFAULT_RULES, type RedactionRule } from '../redaction/default-rules.ts';
import { createRedactor } from '../redaction/redactor.ts';
import { createCheckpointKeeper } from './checkpoint-keeper.ts';
import { readCheckpoint } from './checkpoint.ts';
import { createCommandLog } from './command-log.ts';
import { createFollowedShells } from './followed-shells.ts';
import { createLossLedger } from './loss-ledger.ts';
import { createMaskedTexts } from './masked-texts.ts';
import { createRecorderStatus } from './recorder-status.ts';
import { recover } from './recover.ts';
import { createShellCoverage } from './shell-coverage.ts';

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
  /** Default: the usual rules. */
  readonly redactionRules?: readonly RedactionRule[];
};

export type Recorder = {
  readonly status: () => RecorderStatus;
  /** Writes down how far it is, and ends. What was not sent stays in the spool. */
  readonly close: () => Promise<void>;
};

const COMMANDS_PATH = '/api/v1/agents/self/commands';
const EVERY_MS = { checkpoint: 1_000, coverage: 3_000, status: 10_000 };
/** People look on: a command does not wait long for others to go with it. */
const COALESCE_MS = 20;
/** Nor for the answer to those before it. */
const LIVE_BATCHES = 2;
const GAPS_AT_ONCE = 100;
/** After so many records the memory is tidied up, as soon as no more than a few come: V8 itself waits for new work to do it. */
const TIDY = { after: 500, fewer: 20 };
const PROC = '/proc';

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
  /** How often it does what it does again and again, ms. */
  readonly every?: Partial<typeof EVERY_MS>;
  /** How many files of shells are followed. */
  readonly places?: PlaceLimits;
}): Promise<Recorder> {
  const { identity, settings, log, metrics } = options;
  const clock = options.clock ?? systemClock;
  const { dataDir, shellSpool } = settings;
  const every = { ...EVERY_MS, ...options.every };
  const ending = new AbortController();
  const signal = AbortSignal.any([options.signal, ending.signal]);
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
  const commandLog = createCommandLog({ spool, hostId: identity.agentId, head: recovered.head, dataDir, log, signal });
  const nowUs = () => Math.round(clock.wallMs() * 1_000);
  const ledger = createLossLedger({ spool, commandLog, checkpoint, recovered, nowUs });
  const acknowledged = createSequenceSet();
  const users = createUsers();

  const redactor = createRedactor({ key: settings.redactionKey, rules: settings.redactionRules ?? DEFAULT_RULES });
  const texts = createMaskedTexts({ redactor, signal });
  const shells = createFollowedShells({
    procDir: PROC,
    dir: shellSpool,
    ledger,
    recovered,
    before: checkpoint?.files ?? {},
    identify: createIdentifier().identify,
    texts,
    clock,
    onChange: () => keeper.touch(),
  });
  const keeper = createCheckpointKeeper({
    dataDir,
    spool,
    ledger,
    positions: shells.positions,
    before: checkpoint,
    onAcknowledged: (first, last) => acknowledged.add(first, last),
  });
  const following = followSpool({
    dir: shellSpool,
    positionOf: shells.positionOf,
    onOpen: shells.opened,
    onUnbelieved: (name) => void shells.refuse(name).catch(() => {}),
    isDone: ({ pid, startTicks }) => readProcessLine(PROC, pid)?.startTicks !== startTicks,
    prepare: texts.prepare,
    take: shells.take,
    ...(options.places === undefined ? {} : { places: options.places }),
    log,
    signal,
  }).catch((error: unknown) => {
    if (!signal.aborted) log.fatal({ err: error }, 'the spool files of the shells can no longer be read');
  });
  const uplink = startUplink({
    spool: keeper.spool,
    ...connection,
    path: COMMANDS_PATH,
    signal,
    log,
    metrics,
    clock,
    limits: { coalesceMs: COALESCE_MS, liveRecords: WIRE_LIMITS.batchRecords, liveBatches: LIVE_BATCHES },
    onSend(sequences) {
      ledger.noteSent(sequences);
      keeper.touch();
    },
  });
  const coverage = createShellCoverage({
    procDir: PROC,
    dir: shellSpool,
    shells,
    ledger,
    users,
    clock,
    hasServer: (sequence) => spool.stats().records === 0 || acknowledged.covers(sequence, sequence),
  });
  const statusNow = createRecorderStatus({ version: options.version, clock, spool, ledger, coverage });

  const client = createAgentClient({ ...connection, clock });
  let clockOffsetMs: number | null = null;
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
  // The first look only notes: a start is not over yet.
  let seen = -Infinity;
  let tidied = -TIDY.after;
  const tidy = (): void => {
    const { spooled } = ledger.state();
    if (spooled - tidied >= TIDY.after && spooled - seen <= TIDY.fewer) {
      // Most of what a start needs never runs again: code of ours, which a last resort lets go, and pages of Node's.
      globalThis.gc?.({ type: 'major', execution: 'sync', flavor: 'last-resort' });
      dropLoadedPages(process.execPath);
      tidied = spooled;
    }
    seen = spooled;
  };
  const loops = Promise.all([
    repeat(every.checkpoint, 'writing the checkpoint', async () => {
      await ledger.tellOwn();
      await keeper.saveWhenTouched();
    }),
    repeat(every.coverage, 'looking at the shells', coverage.look),
    repeat(every.status, 'reporting the status', async () => {
      tidy();
      clockOffsetMs = await client.postRecorderStatus(statusNow(clockOffsetMs), signal);
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
    await keeper
      .save()
      .catch((error: unknown) => log.warn({ err: error }, 'the checkpoint was not written; the next start reads more'));
    await spool.close();
    log.info('the recorder has stopped');
  };
  return { status: () => statusNow(clockOffsetMs), close: () => (closed ??= close()) };
}
