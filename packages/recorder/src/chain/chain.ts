import { createHash } from 'node:crypto';
import {
  canonicalCommand,
  type Command,
  FIRST_PREVIOUS_HASH,
  type UnchainedCommand,
} from '@watchpost/contracts/commands/command';

/** The newest record of a chain. */
export type ChainHead = { readonly sequence: number; readonly hash: string };
export const EMPTY_CHAIN: ChainHead = { sequence: 0, hash: FIRST_PREVIOUS_HASH };

/** Gives a record its place after the head. The hash is SHA-256 over the canonical form, which names the previous hash. */
export function chainCommand(
  command: UnchainedCommand,
  place: { readonly hostId: string; readonly epoch: number; readonly sequence: number; readonly previousHash: string },
): Command {
  const placed = { ...command, ...place };
  return { ...placed, hash: createHash('sha256').update(canonicalCommand(placed)).digest('hex') };
}
