import { createHash, createPublicKey, type KeyObject, sign } from 'node:crypto';
import { canonicalCheckpoint, type Checkpoint, type Removal } from '@watchpost/contracts/api/audit';
import { FIRST_PREVIOUS_HASH } from '@watchpost/contracts/commands/command';
import type { ChainStore } from '../catalog/chain-store.ts';
import type { ChainLedger } from './chain-ledger.ts';

/** Checkpoints of one page: each states every chain. */
const LISTED = 200;
/** Checkpoints after the receipt of a record, one of which should state it. */
const LOOKED_AT = 5;

/** Signed statements of what is stored (Ed25519, RFC 8032), each of which names the one before it. */
export type Checkpoints = {
  /** Makes one when a chain has changed since the last one. */
  readonly make: () => Promise<void>;
  readonly newest: () => Checkpoint | null;
  readonly list: (from: number, limit?: number) => Promise<readonly Checkpoint[]>;
  /** The first checkpoint that states a record received at this time (Unix ms), and the last record of that stretch; null: none does. */
  readonly stating: (record: {
    readonly hostId: string;
    readonly epoch: number;
    readonly sequence: number;
    readonly receivedAt: number;
  }) => Promise<{ readonly number: number; readonly last: number } | null>;
  /** What retention removed, oldest first. */
  readonly removals: () => Promise<readonly Removal[]>;
  /** Base64 Ed25519 signature with the key of the checkpoints. */
  readonly sign: (text: string) => string;
  /** `publicKey`: base64 of its SubjectPublicKeyInfo. */
  readonly key: () => { readonly keyId: string; readonly publicKey: string };
};

export async function openCheckpoints(parts: {
  readonly chains: ChainStore;
  readonly ledger: ChainLedger;
  readonly key: KeyObject;
  readonly wallMs: () => number;
}): Promise<Checkpoints> {
  const { chains, ledger, key, wallMs } = parts;
  const publicKey = createPublicKey(key).export({ type: 'spki', format: 'der' });
  const keyId = createHash('sha256').update(publicKey).digest('hex').slice(0, 16);
  let newest = await chains.newestCheckpoint();
  let turn: Promise<void> = Promise.resolve();

  const signText = (text: string): string => sign(null, Buffer.from(text), key).toString('base64');

  const make = async (): Promise<void> => {
    await ledger.flush();
    const heads = [...ledger.heads()];
    if (heads.length === 0 || JSON.stringify(heads) === JSON.stringify(newest?.heads)) return;
    const unsigned = {
      number: (newest?.number ?? 0) + 1,
      at: wallMs(),
      heads,
      previous: newest === null ? FIRST_PREVIOUS_HASH : createHash('sha256').update(canonicalCheckpoint(newest)).digest('hex'),
      keyId,
    };
    const checkpoint = { ...unsigned, signature: signText(canonicalCheckpoint(unsigned)) };
    await chains.addCheckpoint(checkpoint);
    newest = checkpoint;
  };

  return {
    make() {
      turn = turn.catch(() => {}).then(make);
      return turn;
    },
    newest: () => newest,
    list: (from, limit = LISTED) => chains.checkpoints(from, limit),
    async stating({ hostId, epoch, sequence, receivedAt }) {
      const covering = ({ number, heads }: Checkpoint) => {
        const head = heads.find(
          (each) => each.hostId === hostId && each.epoch === epoch && each.first <= sequence && sequence <= each.last,
        );
        return head === undefined ? null : { number, last: head.last };
      };
      const from = await chains.seekSince(receivedAt);
      for (const checkpoint of from === null ? [] : await chains.checkpoints(from, LOOKED_AT)) {
        const found = covering(checkpoint);
        if (found !== null) return found;
      }
      return newest === null ? null : covering(newest);
    },
    removals: () => chains.removals(),
    sign: signText,
    key: () => ({ keyId, publicKey: publicKey.toString('base64') }),
  };
}
