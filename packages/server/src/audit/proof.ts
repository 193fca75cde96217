import { canonicalProofHeader, type Checkpoint, type ProofHeader, type ProofLine } from '@watchpost/contracts/api/audit';
import { PROOF_COLUMNS, proofCells } from '@watchpost/contracts/api/proof-csv';
import { csvLineOfTexts } from '../quality/csv.ts';
import type { CommandStore } from '../telemetry/command-store.ts';
import type { Checkpoints } from './checkpoints.ts';

/** Tells a spreadsheet that the file is UTF-8. */
const BYTE_ORDER_MARK = '\u{feff}';

/** All that is needed to prove, without this server, that nothing was changed, removed or reordered. */
export async function* proofOf(parts: {
  readonly store: CommandStore;
  readonly checkpoints: Checkpoints;
  readonly heads: Checkpoint['heads'];
  readonly isAll: boolean;
  readonly nameOf: (hostId: string) => string;
}): AsyncGenerator<ProofLine> {
  const { store, checkpoints, heads, isAll, nameOf } = parts;
  await checkpoints.make();
  const chains = [...new Map(heads.map(({ hostId, epoch }) => [`${hostId}:${epoch}`, { hostId, epoch }])).values()];
  yield proofHeader(checkpoints, nameOf, { chains, isAll });
  for (const removal of await checkpoints.removals()) yield { kind: 'removal', removal };
  for (let from = 1; ;) {
    const page = await checkpoints.list(from);
    for (const checkpoint of page) yield { kind: 'checkpoint', checkpoint };
    const last = page.at(-1);
    if (last === undefined) break;
    from = last.number + 1;
  }
  for (const { hostId, epoch } of chains) {
    for await (const record of store.chain(hostId, epoch, 0, Number.MAX_SAFE_INTEGER)) yield { kind: 'record', record };
  }
}

/** A signed header: neither chains nor stretches nor names can be left out or changed without the key. */
export function proofHeader(
  checkpoints: Checkpoints,
  nameOf: (hostId: string) => string,
  rest: Pick<ProofHeader, 'chains' | 'isAll' | 'ranges' | 'search'>,
): ProofHeader {
  const names = Object.fromEntries(rest.chains.map(({ hostId }) => [hostId, nameOf(hostId)]));
  const unsigned = { kind: 'header', format: 1, at: Date.now(), ...checkpoints.key(), names, ...rest } as const;
  return { ...unsigned, signature: checkpoints.sign(canonicalProofHeader(unsigned)) };
}

/** The lines as text: JSON, or the rows of a table. */
export async function* proofText(lines: AsyncIterable<ProofLine>, format: 'jsonl' | 'csv'): AsyncGenerator<string> {
  if (format === 'csv') yield `${BYTE_ORDER_MARK}${csvLineOfTexts(PROOF_COLUMNS)}`;
  let names: Readonly<Record<string, string>> = {};
  for await (const line of lines) {
    if (line.kind === 'header') ({ names } = line);
    yield format === 'csv' ? csvLineOfTexts(proofCells(line, names)) : `${JSON.stringify(line)}\n`;
  }
}
