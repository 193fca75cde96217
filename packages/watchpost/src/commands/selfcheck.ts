import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { checkSchema } from '@watchpost/contracts/targets/check';
import { measure } from '@watchpost/probe/probers/measure';
import { createProbeContext } from '@watchpost/probe/probers/probe-context';
import type { Measurement } from '@watchpost/probe/probers/prober';
import { warmUp } from '@watchpost/probe/worker/warm-up';
import { readArguments } from '../arguments/read-arguments.ts';
import { parseWhole } from '../arguments/numbers.ts';
import { runCurl } from '../selfcheck/run-curl.ts';
import type { Command } from './command.ts';

const HELP = `Usage: watchpost selfcheck [--rounds N] [--json]

Starts a server on this machine, measures it in turn with the prober and with this machine's curl, once plainly and once
over a redirect, and prints both and the difference. Times are medians in ms. Counts and sizes must be equal.

  --rounds N   measurements of each (default 11)
  --json       one line of JSON
Exit code: 0 when counts and sizes are equal, 1 when one differs or curl is missing.`;

const DEFAULT_ROUNDS = 11;
const LOAD_TIMEOUT_MS = 5_000;

type Field = {
  readonly name: string;
  readonly isTime: boolean;
  readonly ours: (found: Measurement) => number | null;
  readonly curl: string;
};

const FIELDS: readonly Field[] = [
  { name: 'name lookup', isTime: true, ours: ({ nameLookupUs }) => nameLookupUs, curl: 'time_namelookup' },
  { name: 'connect', isTime: true, ours: ({ connectUs }) => connectUs, curl: 'time_connect' },
  { name: 'pre-transfer', isTime: true, ours: ({ preTransferUs }) => preTransferUs, curl: 'time_pretransfer' },
  { name: 'start transfer', isTime: true, ours: ({ startTransferUs }) => startTransferUs, curl: 'time_starttransfer' },
  { name: 'redirect', isTime: true, ours: ({ redirectUs }) => redirectUs, curl: 'time_redirect' },
  { name: 'total', isTime: true, ours: ({ totalUs }) => totalUs, curl: 'time_total' },
  { name: 'status', isTime: false, ours: ({ httpStatus }) => httpStatus, curl: 'http_code' },
  { name: 'redirects', isTime: false, ours: ({ redirectCount }) => redirectCount, curl: 'num_redirects' },
  { name: 'body bytes', isTime: false, ours: ({ sizeDownload }) => sizeDownload, curl: 'size_download' },
  { name: 'header bytes', isTime: false, ours: ({ headerSize }) => headerSize, curl: 'size_header' },
];

type Row = {
  readonly field: string;
  readonly unit: 'ms' | '';
  readonly ours: number | null;
  readonly curl: number | null;
  readonly difference: number | null;
};

/** `watchpost selfcheck`: the prober beside curl. */
export const selfcheckCommand: Command = { help: HELP, run };

async function run(args: readonly string[]): Promise<number> {
  const { values } = readArguments({
    args: [...args],
    options: { rounds: { type: 'string' }, json: { type: 'boolean' } },
    allowPositionals: false,
  });
  const rounds = values.rounds === undefined ? DEFAULT_ROUNDS : parseWhole('--rounds', values.rounds, 1, 1_000);
  const server = new Worker(new URL('../selfcheck/local-server.ts', import.meta.url));
  const context = createProbeContext();
  try {
    const [port] = (await once(server, 'message', { signal: AbortSignal.timeout(LOAD_TIMEOUT_MS) })) as [number];
    await warmUp(context);
    const parts: { readonly path: string; readonly rows: readonly Row[]; readonly uncertaintyMs: number | null }[] = [];
    for (const path of ['/', '/redirect']) {
      const compared = await compare(`http://127.0.0.1:${port}${path}`, rounds, (check) => measure(check, context));
      if (compared === null) {
        process.stderr.write('watchpost selfcheck: this machine has no curl to compare with\n');
        return 1;
      }
      parts.push({ path, ...compared });
    }
    process.stdout.write(values.json === true ? `${JSON.stringify({ rounds, parts })}\n` : parts.map(table).join('\n'));
    const differs = parts.some(({ rows }) => rows.some(({ unit, difference }) => unit === '' && difference !== 0));
    if (differs) process.stderr.write('watchpost selfcheck: a count or size differs from curl\n');
    return differs ? 1 : 0;
  } finally {
    await context.close();
    await server.terminate();
  }
}

async function compare(
  url: string,
  rounds: number,
  measureOnce: (check: ReturnType<typeof checkSchema.parse>) => Promise<Measurement>,
): Promise<{ readonly rows: readonly Row[]; readonly uncertaintyMs: number | null } | null> {
  const check = checkSchema.parse({ kind: 'http', url });
  const ours: Measurement[] = [];
  const curls: Readonly<Record<string, unknown>>[] = [];
  for (let round = 0; round < rounds; round++) {
    ours.push(await measureOnce(check));
    const said = await runCurl(url);
    if (said === null) return null;
    curls.push(said);
  }
  const rows = FIELDS.map(({ name, isTime, ours: read, curl }): Row => {
    const mine = median(ours.map(read));
    const theirs = median(curls.map((said) => (typeof said[curl] === 'number' ? said[curl] : null)));
    const oursShown = mine === null ? null : isTime ? mine / 1_000 : mine;
    const curlShown = theirs === null ? null : isTime ? theirs * 1_000 : theirs;
    const difference = oursShown === null || curlShown === null ? null : oursShown - curlShown;
    return { field: name, unit: isTime ? 'ms' : '', ours: oursShown, curl: curlShown, difference };
  });
  const uncertaintyUs = median(ours.map((found) => found.uncertaintyUs));
  return { rows, uncertaintyMs: uncertaintyUs === null ? null : uncertaintyUs / 1_000 };
}

function median(values: readonly (number | null)[]): number | null {
  const sorted = values.filter((value) => value !== null).sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? null;
}

function table(part: { readonly path: string; readonly rows: readonly Row[]; readonly uncertaintyMs: number | null }): string {
  const shown = (value: number | null, unit: string): string =>
    value === null ? '-' : unit === 'ms' ? `${value.toFixed(3)} ms` : String(value);
  const lines = part.rows.map(({ field, unit, ours, curl, difference }) => {
    const cells = [shown(ours, unit), shown(curl, unit), shown(difference, unit)];
    return `${field.padEnd(15)}${cells.map((cell) => cell.padStart(14)).join('')}`;
  });
  const title = `GET ${part.path}`.padEnd(15) + ['watchpost', 'curl', 'difference'].map((head) => head.padStart(14)).join('');
  const bound = part.uncertaintyMs === null ? 'not verified on this system' : `${part.uncertaintyMs.toFixed(3)} ms at most`;
  return `${title}\n${lines.join('\n')}\n${'uncertainty'.padEnd(15)} ${bound}\n`;
}
