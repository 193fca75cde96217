import { createReadStream, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { AppError } from '@watchpost/contracts/errors/app-error';
import { readArguments } from '../arguments/read-arguments.ts';
import { UsageError } from '../arguments/usage-error.ts';
import { verifyProof } from '../verify/verify-proof.ts';
import type { Command } from './command.ts';

const HELP = `Usage:
  watchpost verify --export FILE [--public-key KEY] [--json]
  watchpost verify --server URL [--host HOST-ID] [--public-key KEY] [--json]

Proves that nothing in the command audit was changed, removed or reordered between two checkpoints, and names the first
record where it fails. --export needs no server: FILE is what /api/v1/audit/export gave.

  --server URL        asks a running server for the proof, with the API key of an administrator in WATCHPOST_API_KEY
  --host HOST-ID      only this host
  --public-key KEY    base64, as /api/v1/audit/key gives it, or a file that holds it: the key is not taken from the proof
  --json              the verdict as one line of JSON
  Exit code: 0 proven, 1 it does not hold, 2 wrong usage.`;

export const verifyCommand: Command = { help: HELP, run };

async function run(args: readonly string[]): Promise<number> {
  const { values } = readArguments({
    args: [...args],
    options: {
      export: { type: 'string' },
      server: { type: 'string' },
      host: { type: 'string' },
      'public-key': { type: 'string' },
      json: { type: 'boolean' },
    },
    allowPositionals: false,
  });
  const source = values.export === undefined ? await askServer(values.server, values.host) : createReadStream(values.export);
  const verdict = await verifyProof(
    createInterface({ input: source, crlfDelay: Number.POSITIVE_INFINITY }),
    keyOf(values['public-key']),
  );
  if (values.json === true) process.stdout.write(`${JSON.stringify(verdict)}\n`);
  else {
    const { failure, records, checkpoints, chains, unsealed, removed, begins, keyId } = verdict;
    process.stdout.write(
      failure === null
        ? `proven: ${records} records in ${chains} chains, ${checkpoints} checkpoints signed by ${keyId}; ${unsealed} records are newer than the last checkpoint\n`
        : `NOT PROVEN: ${failure.where} ${failure.what}\n`,
    );
    if (failure === null && removed > 0) {
      process.stdout.write(`${removed} older records were removed by retention, as signed statements say; verified from:\n`);
      for (const { chain, sequence } of begins) process.stdout.write(`  record ${chain}:${sequence} on\n`);
    }
  }
  return verdict.failure === null ? 0 : 1;
}

function keyOf(given: string | undefined): string | null {
  if (given === undefined) return null;
  try {
    return readFileSync(given, 'utf8').trim();
  } catch {
    return given;
  }
}

async function askServer(server: string | undefined, host: string | undefined): Promise<Readable> {
  if (server === undefined) throw new UsageError('give --export FILE or --server URL');
  const apiKey = process.env['WATCHPOST_API_KEY'];
  if (apiKey === undefined) throw new UsageError('WATCHPOST_API_KEY is not set: it holds the API key of an administrator');
  const url = new URL('/api/v1/audit/export', server);
  if (host !== undefined) url.searchParams.set('host', host);
  const response = await fetch(url, { headers: { authorization: `Bearer ${apiKey}` } });
  if (!response.ok || response.body === null) throw new AppError('unavailable', `${url.origin} answered ${response.status}`);
  return Readable.from(response.body);
}
