import type { Host, HostDetail, HostGap, StoredCommand } from '@watchpost/contracts/api/audit';
import type { GapStore } from '../catalog/gap-store.ts';
import type { CommandStore, HostNumbers } from '../telemetry/command-store.ts';
import { formatCommandId } from '../telemetry/commands/open-command-store.ts';
import type { ChainLedger } from './chain-ledger.ts';
import type { Checkpoints } from './checkpoints.ts';
import type { KnownHost } from './host-directory.ts';

const GAPS_SHOWN = 200;
const COVERAGE_MS = 30 * 86_400_000;

export type HostDetailParts = {
  readonly store: CommandStore;
  readonly ledger: ChainLedger;
  readonly checkpoints: Checkpoints;
  readonly gaps: GapStore;
  readonly wallMs: () => number;
};

/** A host as the list of hosts shows it. */
export function toHost(host: KnownHost, ledger: ChainLedger, numbers: HostNumbers | undefined): Host {
  const stored = host.kind === 'legacy' ? (numbers?.records ?? 0) : ledger.storedOf(host.id);
  return {
    id: host.id,
    kind: host.kind,
    name: host.name,
    state: host.state,
    labels: { ...host.labels },
    groupIds: [...host.groupIds],
    address: host.address,
    lastContactAt: host.lastContactAt,
    lastCommandAt: numbers?.lastAt ?? null,
    chain: ledger.stateOf(host.id),
    stored,
    recorder: host.recorder === null ? null : { ...host.recorder, stored },
  };
}

/** A host with its loss budget, coverage, gaps and chain. */
export async function hostDetail(parts: HostDetailParts, host: KnownHost): Promise<HostDetail> {
  const { store, ledger, checkpoints, gaps, wallMs } = parts;
  const [numbers, users, gapRecords, dropped] = await Promise.all([
    store.hosts(),
    store.usersOf(host.id, wallMs() - COVERAGE_MS),
    store.gapsOf(host.id, GAPS_SHOWN),
    gaps.ofAgent(host.id, GAPS_SHOWN),
  ]);
  const shown = toHost(host, ledger, numbers.get(host.id));
  const breaks = ledger.breaksOf(host.id).map(({ epoch, sequence, what, at }) => ({ epoch, sequence, what, at }));
  const now = new Map(host.recorder?.users.map((each) => [each.user, each]));
  const seen = new Set(users.map(({ user }) => user));
  const withShellOnly = [...now.keys()].filter((user) => !seen.has(user)).map((user) => ({ user, lastAt: null, commands: 0 }));
  const stretches = ledger.heads().filter(({ hostId }) => hostId === host.id);
  const budget = host.recorder?.budget ?? null;
  const removed = ledger.removedOf(host.id);
  return {
    ...shown,
    breaks,
    firstBreak: breaks[0] ?? null,
    budget: {
      written: budget?.written ?? null,
      missing: budget?.missing ?? null,
      spooled: budget?.spooled ?? null,
      sent: budget?.sent ?? null,
      acknowledged: budget?.acknowledged ?? null,
      stored: shown.stored,
      refused: breaks.filter(({ what }) => what.startsWith('refused: ')).length,
      present: numbers.get(host.id)?.records ?? 0,
      removed,
    },
    coverage: [...users, ...withShellOnly].map((each) => ({
      ...each,
      hooked: now.get(each.user)?.hooked ?? null,
      unhooked: now.get(each.user)?.unhooked ?? null,
    })),
    gaps: [
      ...gapRecords.map(toGap),
      ...dropped.map(({ to, reason, records }): HostGap => ({
        at: to,
        kind: 'dropped',
        cause: reason,
        detail: null,
        missing: records,
        user: null,
        id: null,
      })),
    ]
      .toSorted((left, right) => right.at - left.at)
      .slice(0, GAPS_SHOWN),
    stretches: stretches.map(({ epoch, first, last, hash }) => ({ epoch, first, last, hash })),
    checkpoint: sealOf(checkpoints, host.id, shown.stored),
  };
}

function sealOf(checkpoints: Checkpoints, hostId: string, stored: number): HostDetail['checkpoint'] {
  const newest = checkpoints.newest();
  if (newest === null) return null;
  const sealed = newest.heads
    .filter((head) => head.hostId === hostId)
    .reduce((sum, { first, last }) => sum + last - first + 1, 0);
  return { number: newest.number, at: newest.at, unsealed: Math.max(0, stored - sealed) };
}

function toGap(record: StoredCommand): HostGap {
  const { at, kind, cause, detail, missing, user } = record;
  return {
    at: Math.trunc(at / 1_000),
    kind: kind === 'silent' || kind === 'refused' ? kind : 'gap',
    cause,
    detail,
    missing,
    user,
    id: formatCommandId(record),
  };
}
