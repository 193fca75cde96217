/** `npm run bench -- --list`, `npm run bench -- NAME [--json] [--quick]`. */
import { parseArgs } from 'node:util';
import { fileURLToPath } from 'node:url';
import { installDebian } from '../scripts/debian.mjs';
import { describeMachine } from './machine.ts';
import { BENCHES } from './table.ts';

const USAGE = `npm run bench -- --list
npm run bench -- NAME [--json] [--quick]

  --json   the last line is one object { bench, machine, figures }
  --quick  a short run that shows that it works: its figures are rough
`;

process.exitCode = await main();

async function main(): Promise<number> {
  let parsed: ReturnType<typeof readArguments>;
  try {
    parsed = readArguments();
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
    return 2;
  }
  const { values, positionals } = parsed;
  if (values.list) {
    for (const { name, takes, load } of BENCHES) {
      process.stdout.write(`${name.padEnd(16)}${takes.padEnd(8)}${(await load()).title}\n`);
    }
    return 0;
  }
  const [name] = positionals;
  const entry = BENCHES.find((each) => each.name === name);
  if (entry === undefined) {
    process.stderr.write(`${name === undefined ? 'which bench?' : `there is no bench "${name}"`}\n\n${USAGE}`);
    return 2;
  }
  // What is built and installed is found from the root of the repository.
  process.chdir(fileURLToPath(new URL('..', import.meta.url)));
  const missing = installDebian(entry.debian);
  if (missing.length > 0) process.stderr.write(`Missing: ${missing.join(', ')}. What needs them fails or is left out.\n`);
  const bench = await entry.load();
  const machine = describeMachine();
  process.stdout.write(`${bench.name}: ${bench.title}\n${machine.cpu}, ${machine.cores} cores, Node ${machine.node}\n`);
  const log = (line: string) => void process.stdout.write(`  ${line}\n`);
  const figures = await bench.run({ quick: values.quick, log });
  process.stdout.write('\n');
  const width = Math.max(...Object.keys(figures).map((key) => key.length));
  for (const [key, value] of Object.entries(figures)) process.stdout.write(`${key.padEnd(width + 2)}${value}\n`);
  if (values.json) process.stdout.write(`${JSON.stringify({ bench: bench.name, machine, figures })}\n`);
  return 0;
}

function readArguments() {
  return parseArgs({
    allowPositionals: true,
    options: {
      list: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      quick: { type: 'boolean', default: false },
    },
  });
}
