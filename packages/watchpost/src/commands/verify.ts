import { createReadStream, readFileSync } from 'node:fs';
import { AppError } from '@watchpost/contracts/errors/app-error';
import { readArguments } from '../arguments/read-arguments.ts';
import { UsageError } from '../arguments/usage-error.ts';
import { readProof } from '../verify/read-proof.ts';
import { type Verdict, verifyProof } from '../verify/verify-proof.ts';
import type { Command } from './command.ts';

const HELP = `Usage:
  watchpost verify FILE [--public-key KEY] [--json]
  watchpost verify --server URL [--host HOST-ID] [--public-key KEY] [--json]

Proves that nothing in the command audit was changed, removed or reordered between two checkpoints, and names the first
record where it fails. FILE needs no server: it is what /api/v1/audit/export gave, or an export of a search with its proof, as lines
of JSON or as a table (CSV). In a table, each cell must say what the proof of its row says.

  --export FILE       the same as FILE
  --server URL        asks a running server for the proof, with the API key of an administrator in WATCHPOST_API_KEY
  --host HOST-ID      only this host
  --public-key KEY    base64, as /api/v1/audit/key gives it, or a file that holds it: the key is not taken from the proof
  --json              the verdict as one line of JSON
  Exit code: 0 proven, 1 it does not hold, 2 wrong usage.`;

export const verifyCommand: Command = { help: HELP, run };

async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = readArguments({
    args: [...args],
    options: {
      export: { type: 'string' },
      server: { type: 'string' },
      host: { type: 'string' },
      'public-key': { type: 'string' },
      json: { type: 'boolean' },
    },
    allowPositionals: true,
  });
  const [file = values.export, ...more] = positionals;
  if (more.length > 0 || (positionals.length > 0 && values.export !== undefined)) throw new UsageError('give one FILE');
  const source = file === undefined ? await askServer(values.server, values.host) : createReadStream(file);
  const { lines, wrongOf } = await readProof(source);
  const verdict = await verifyProof(lines, keyOf(values['public-key']), wrongOf);
  process.stdout.write(values.json === true ? `${JSON.stringify(verdict)}\n` : inWords(verdict));
  return verdict.failure === null ? 0 : 1;
}

function inWords(verdict: Verdict): string {
  const { failure, records, checkpoints, chains, unsealed, removed, begins, keyId, search } = verdict;
  if (failure !== null) return `NOT PROVEN: ${failure.where} ${failure.what}\n`;
  const lines = [
    `proven: ${records} records in ${chains} chains, ${checkpoints} checkpoints signed by ${keyId}; ${unsealed} records are newer than the last checkpoint`,
  ];
  if (search !== null) {
    lines.push(`${search.found} of them were found by ${search.asked}; the others link them to their checkpoints`);
    if (search.unsigned > 0) lines.push(`${search.unsigned} records that were found are of no recorder: they have no proof`);
    if (search.hasMore) lines.push('the search found more than this: the newest are here');
  }
  if (removed > 0) {
    lines.push(`${removed} older records were removed by retention, as signed statements say; verified from:`);
    for (const { chain, sequence } of begins) lines.push(`  record ${chain}:${sequence} on`);
  }
  return `${lines.join('\n')}\n`;
}

function keyOf(given: string | undefined): string | null {
  if (given === undefined) return null;
  try {
    return readFileSync(given, 'utf8').trim();
  } catch {
    return given;
  }
}

async function askServer(server: string | undefined, host: string | undefined): Promise<AsyncIterable<Buffer>> {
  if (server === undefined) throw new UsageError('give FILE or --server URL');
  const apiKey = process.env['WATCHPOST_API_KEY'];
  if (apiKey === undefined) throw new UsageError('WATCHPOST_API_KEY is not set: it holds the API key of an administrator');
  const url = new URL('/api/v1/audit/export', server);
  if (host !== undefined) url.searchParams.set('host', host);
  const response = await fetch(url, { headers: { authorization: `Bearer ${apiKey}` } });
  if (!response.ok || response.body === null) throw new AppError('unavailable', `${url.origin} answered ${response.status}`);
  return bytesOf(response.body);
}

async function* bytesOf(body: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  for await (const chunk of body) yield Buffer.from(chunk);
}
