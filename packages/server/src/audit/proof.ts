import type { Checkpoint, ProofLine } from '@watchpost/contracts/api/audit';
import type { CommandStore } from '../telemetry/command-store.ts';
import type { Checkpoints } from './checkpoints.ts';

/** All that is needed to prove, without this server, that nothing was changed, removed or reordered: lines of JSON. */
export async function* proofOf(parts: {
  readonly store: CommandStore;
  readonly checkpoints: Checkpoints;
  readonly heads: Checkpoint['heads'];
  readonly isAll: boolean;
}): AsyncGenerator<string> {
  const { store, checkpoints, heads, isAll } = parts;
  const line = (value: ProofLine): string => `${JSON.stringify(value)}\n`;
  await checkpoints.make();
  const chains = [...new Map(heads.map(({ hostId, epoch }) => [`${hostId}:${epoch}`, { hostId, epoch }])).values()];
  yield line({ kind: 'header', format: 1, at: Date.now(), ...checkpoints.key(), chains, isAll });
  for (const removal of await checkpoints.removals()) yield line({ kind: 'removal', removal });
  for (let from = 1; ;) {
    const page = await checkpoints.list(from);
    for (const checkpoint of page) yield line({ kind: 'checkpoint', checkpoint });
    const last = page.at(-1);
    if (last === undefined) break;
    from = last.number + 1;
  }
  for (const { hostId, epoch } of chains) {
    for await (const record of store.chain(hostId, epoch, 0, Number.MAX_SAFE_INTEGER)) yield line({ kind: 'record', record });
  }
}
