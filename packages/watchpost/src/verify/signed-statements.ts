import { createHash, type KeyObject, verify } from 'node:crypto';
import { canonicalCheckpoint, canonicalRemoval, type Checkpoint, type Removal } from '@watchpost/contracts/api/audit';
import { FIRST_PREVIOUS_HASH } from '@watchpost/contracts/commands/command';
import type { Interval } from './intervals.ts';

const DAY_MS = 86_400_000;

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
export const chainName = ({ hostId, epoch }: { readonly hostId: string; readonly epoch: number }) => `${hostId}:${epoch}`;

export type SigningKey = { readonly keyId: string; readonly key: KeyObject };

/** What checkpoints and removals state. `add…` give what is wrong with a statement, null when it holds. */
export type Statements = {
  readonly addRemoval: (removal: Removal) => string | null;
  readonly addCheckpoint: (checkpoint: Checkpoint) => string | null;
  /** What the newest checkpoint says is stored. */
  readonly sealedOf: (chain: string) => readonly Interval[];
  readonly sealedChains: () => Iterable<string>;
  /** Hash of a record that a checkpoint states, and the first one that does. */
  readonly wantedHash: (chain: string, sequence: number) => { readonly hash: string; readonly number: number } | undefined;
  readonly removedOf: (chain: string) => readonly (Interval & { readonly hash: string })[];
  readonly checkpoints: () => number;
};

/** `isWhole`: every checkpoint must be there, in order; the proof of a search has only those that state its records. */
export function createStatements({ keyId, key }: SigningKey, isWhole: boolean): Statements {
  const removed = new Map<string, (Interval & { readonly hash: string })[]>();
  const wanted = new Map<string, Map<number, { readonly hash: string; readonly number: number }>>();
  let sealed = new Map<string, readonly Interval[]>();
  let newest: Checkpoint | null = null;
  let newestRemoval: Removal | null = null;
  let checkpoints = 0;
  const isSigned = (text: string, { signature, keyId: by }: { readonly signature: string; readonly keyId: string }): boolean =>
    by === keyId && verify(null, Buffer.from(text), key, Buffer.from(signature, 'base64'));

  /** The first checkpoint is number 1, or the one that the newest removal names. */
  const wrongFirst = (checkpoint: Checkpoint): string | null => {
    if (checkpoint.number === 1) {
      return checkpoint.previous === FIRST_PREVIOUS_HASH ? null : 'does not follow from the one before it';
    }
    const pinned = newestRemoval?.checkpoint ?? null;
    if (pinned === null || pinned.number !== checkpoint.number) return 'does not follow checkpoint 0';
    return pinned.hash === sha256(canonicalCheckpoint(checkpoint)) ? null : 'is not the one that the newest removal names';
  };
  const wrongOrder = (checkpoint: Checkpoint): string | null => {
    if (newest === null) return wrongFirst(checkpoint);
    if (checkpoint.number !== newest.number + 1) return `does not follow checkpoint ${newest.number}`;
    if (checkpoint.previous !== sha256(canonicalCheckpoint(newest))) return 'does not follow from the one before it';
    return null;
  };

  return {
    addRemoval(removal) {
      if (removal.number !== (newestRemoval?.number ?? 0) + 1) return `does not follow removal ${newestRemoval?.number ?? 0}`;
      const previous = newestRemoval === null ? FIRST_PREVIOUS_HASH : sha256(canonicalRemoval(newestRemoval));
      if (removal.previous !== previous) return 'does not follow from the one before it';
      if (!isSigned(canonicalRemoval(removal), removal)) return 'is not signed with the key of the header';
      if (removal.at - removal.before < removal.keepDays * DAY_MS) {
        return `removed records that were younger than ${removal.keepDays} days`;
      }
      for (const { first, last, hash, ...chain } of removal.removed) {
        const own = removed.get(chainName(chain)) ?? [];
        own.push({ first, last, hash });
        removed.set(chainName(chain), own);
      }
      newestRemoval = removal;
      return null;
    },
    addCheckpoint(checkpoint) {
      const wrong = isWhole ? wrongOrder(checkpoint) : null;
      if (wrong !== null) return wrong;
      if (!isSigned(canonicalCheckpoint(checkpoint), checkpoint)) return 'is not signed with the key of the header';
      const stretches = Map.groupBy(checkpoint.heads, chainName);
      for (const [id, before] of isWhole ? sealed : []) {
        const now = stretches.get(id) ?? [];
        const lost = before.find(({ first, last }) => !now.some((stretch) => stretch.first <= first && last <= stretch.last));
        if (lost !== undefined)
          return `no longer states records ${lost.first} to ${lost.last} of ${id}, which checkpoint ${newest?.number} did`;
      }
      for (const head of checkpoint.heads) {
        const hashes = wanted.get(chainName(head)) ?? new Map<number, { hash: string; number: number }>();
        if (!hashes.has(head.last)) hashes.set(head.last, { hash: head.hash, number: checkpoint.number });
        wanted.set(chainName(head), hashes);
      }
      sealed = stretches;
      newest = checkpoint;
      checkpoints += 1;
      return null;
    },
    sealedOf: (chain) => sealed.get(chain) ?? [],
    sealedChains: () => sealed.keys(),
    wantedHash: (chain, sequence) => wanted.get(chain)?.get(sequence),
    removedOf: (chain) => removed.get(chain) ?? [],
    checkpoints: () => checkpoints,
  };
}
