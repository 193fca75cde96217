import { createHash } from 'node:crypto';
import { canonicalCheckpoint, canonicalRemoval, type Removal } from '@watchpost/contracts/api/audit';
import { FIRST_PREVIOUS_HASH } from '@watchpost/contracts/commands/command';
import { AppError } from '@watchpost/contracts/errors/app-error';
import type { AuditLogStore } from '../catalog/audit-log-store.ts';
import type { ChainStore } from '../catalog/chain-store.ts';
import type { CommandStore, ExpiredMonth } from '../telemetry/command-store.ts';
import type { ChainLedger } from './chain-ledger.ts';
import type { Checkpoints } from './checkpoints.ts';

const DAY_MS = 86_400_000;
/** Commands are kept so long at least, unless it is allowed by name. */
export const LEAST_DAYS = 180;

/** Throws `bad-config` for a retention that would be too short. */
export function checkCommandRetention(days: number | null, isShortAllowed: boolean): void {
  if (days === null || days >= LEAST_DAYS || isShortAllowed) return;
  const rule = `must be ${LEAST_DAYS} at least, or retention.allowShortCommandRetention must be true`;
  throw new AppError('bad-config', undefined, { issues: [{ field: 'retention.commandsDays', value: String(days), rule }] });
}

/**
 * Removes months of commands when their last day is old enough; nothing else removes commands. What is removed is stated and
 * signed first, and stands in the audit log: so that a proof knows what is missing rightly.
 */
export function createCommandRetention(parts: {
  readonly store: CommandStore;
  readonly chains: ChainStore;
  readonly ledger: ChainLedger;
  readonly checkpoints: Checkpoints;
  readonly auditLog: AuditLogStore;
  /** Null: for ever. */
  readonly keepDays: number | null;
  readonly wallMs: () => number;
}): { readonly enforce: () => Promise<void> } {
  const { store, chains, ledger, checkpoints, auditLog, keepDays, wallMs } = parts;

  const remove = async (month: ExpiredMonth, days: number): Promise<void> => {
    const before = endOf(month.partition);
    const stated = await chains.removals();
    // A stop between the statement and the removal: it is stated already.
    const known = new Set(stated.flatMap(({ removed }) => removed.map(nameOf)));
    const removed = month.stretches.filter((stretch) => !known.has(nameOf(stretch)));
    const newest = stated.at(-1);
    if (removed.length > 0 || (month.unsigned > 0 && newest?.before !== before)) {
      const pinned = await chains.newestBefore(before);
      const unsigned: Omit<Removal, 'signature'> = {
        number: (newest?.number ?? 0) + 1,
        at: wallMs(),
        keepDays: days,
        before,
        removed,
        unsigned: month.unsigned,
        checkpoint: pinned === null ? null : { number: pinned.number, hash: sha256(canonicalCheckpoint(pinned)) },
        previous: newest === undefined ? FIRST_PREVIOUS_HASH : sha256(canonicalRemoval(newest)),
        keyId: checkpoints.key().keyId,
      };
      const removal = { ...unsigned, signature: checkpoints.sign(canonicalRemoval(unsigned)) };
      await chains.addRemoval(removal);
      ledger.noteRemoval(removal);
      const records = removed.reduce((sum, { first, last }) => sum + last - first + 1, 0);
      const hosts = new Set(removed.map(({ hostId }) => hostId)).size;
      await auditLog.add({
        at: removal.at,
        actor: 'watchpost',
        action: 'commands.retention',
        subject: `${records} records of ${hosts} hosts and ${month.unsigned} legacy records, received before ${new Date(before).toISOString()}`,
        sourceIp: null,
        detail: `removal ${removal.number}; kept for ${days} days`,
      });
    }
    await store.dropMonth(month.partition);
    const pin = (await chains.removals()).at(-1)?.checkpoint;
    if (pin !== undefined && pin !== null) await chains.forgetCheckpoints(pin.number);
  };

  return {
    async enforce() {
      if (keepDays === null) return;
      const expired = await store.expiredMonths(wallMs() - keepDays * DAY_MS);
      if (expired.length === 0) return;
      // What is removed shall have been stated as stored.
      await checkpoints.make();
      for (const partition of expired) await remove(await store.readMonth(partition), keepDays);
    },
  };
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const nameOf = ({ hostId, epoch, first, last }: Removal['removed'][number]): string => `${hostId} ${epoch} ${first} ${last}`;

/** First millisecond after a month `202511`, UTC. */
function endOf(month: string): number {
  return Date.UTC(Number(month.slice(0, 4)), Number(month.slice(4)));
}
