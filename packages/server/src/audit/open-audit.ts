import type { StoredCommand } from '@watchpost/contracts/api/audit';
import type { Clock } from '@watchpost/runtime/clock/clock';
import type { Log } from '@watchpost/runtime/log/log';
import type { Metrics } from '@watchpost/runtime/metrics/metrics';
import type { AuditLogStore } from '../catalog/audit-log-store.ts';
import type { Catalog } from '../catalog/catalog.ts';
import { createChainStore } from '../catalog/chain-store.ts';
import { createHostStore, type HostStore } from '../catalog/host-store.ts';
import { readCheckpointKey, readRedactionKey } from '../identity/secrets.ts';
import type { BatchDoor } from '../ingest/batch-door.ts';
import type { CommandStore } from '../telemetry/command-store.ts';
import { openCommandStore } from '../telemetry/commands/open-command-store.ts';
import type { Engine } from '../telemetry/engine/engine.ts';
import { type ChainLedger, openChainLedger } from './chain-ledger.ts';
import { type Checkpoints, openCheckpoints } from './checkpoints.ts';
import { type CommandIngest, createCommandIngest } from './command-ingest.ts';
import { createCommandRetention } from './command-retention.ts';
import { type HostDirectory, openHostDirectory } from './host-directory.ts';
import { createLiveCommands, type LiveCommandStreams } from './live-commands.ts';
import { createLookingNotes, type LookingNotes } from './note-looking.ts';

/** What the command audit is made of. */
export type Audit = {
  readonly store: CommandStore;
  readonly hostStore: HostStore;
  readonly hosts: HostDirectory;
  readonly ledger: ChainLedger;
  readonly checkpoints: Checkpoints;
  readonly live: LiveCommandStreams;
  readonly looking: LookingNotes;
  readonly ingest: CommandIngest;
  readonly retention: { readonly enforce: () => Promise<void> };
  /** Records are stored now: who looks on gets them. */
  readonly showStored: (records: readonly StoredCommand[]) => void;
  /** Calls `follower` with all that is stored from now on. */
  readonly follow: (follower: (records: readonly StoredCommand[]) => void) => void;
};

/** What is opened is put on the stack. */
export async function openAudit(
  parts: {
    readonly data: string;
    readonly catalog: Catalog;
    readonly engine: Engine;
    readonly auditLog: AuditLogStore;
    readonly door: BatchDoor;
    /** Days that commands are kept; null: for ever. */
    readonly keepDays: number | null;
    readonly clock: Clock;
    readonly log: Log;
    readonly metrics: Metrics;
  },
  opened: AsyncDisposableStack,
): Promise<Audit> {
  const { data, catalog, engine, auditLog, door, keepDays, clock, log, metrics } = parts;
  const { wallMs } = clock;
  const store = openCommandStore({ engine, clock });
  const hostStore = createHostStore(catalog);
  const hosts = opened.adopt(
    await openHostDirectory({ store: hostStore, redactionKey: readRedactionKey(data), wallMs }),
    (open) =>
      open.flush().catch((error: unknown) => log.warn({ err: error }, 'the last contacts of hosts were not written down')),
  );
  const chains = createChainStore(catalog);
  const ledger = await openChainLedger({ chains, commands: store, wallMs });
  const checkpoints = await openCheckpoints({ chains, ledger, key: readCheckpointKey(data), wallMs });
  opened.defer(() => checkpoints.make().catch((error: unknown) => log.warn({ err: error }, 'the last checkpoint was not made')));
  const live = createLiveCommands(hosts.nameOf);
  const followers: ((records: readonly StoredCommand[]) => void)[] = [live.stored];
  const showStored: Audit['showStored'] = (records) => {
    for (const follower of followers) follower(records);
  };
  return {
    store,
    hostStore,
    hosts,
    ledger,
    checkpoints,
    live,
    looking: createLookingNotes(auditLog, wallMs),
    ingest: createCommandIngest({ door, store, ledger, onStored: showStored, wallMs, metrics }),
    retention: createCommandRetention({ store, chains, ledger, checkpoints, auditLog, keepDays, wallMs }),
    showStored,
    follow: (follower) => void followers.push(follower),
  };
}
