import { hash } from 'node:crypto';
import type { StoredCommand } from '@watchpost/contracts/api/audit';
import { canonicalCommand, commandSchema } from '@watchpost/contracts/commands/command';
import { systemClock } from '@watchpost/runtime/clock/clock';
import { makeChain } from '@watchpost/testkit/command-chain';
import { createTempDir } from '@watchpost/testkit/temp-dir';
import { readCommands } from '../packages/server/src/audit/command-ingest.ts';
import { createCommandRowWriter } from '../packages/server/src/telemetry/commands/command-rows.ts';
import { openCommandStore } from '../packages/server/src/telemetry/commands/open-command-store.ts';
import { withEngine } from './audit-search-store.ts';
import type { Figures } from './bench.ts';
import { rounded } from './statistics.ts';
import { typedCommand } from './typed-commands.ts';

const HOSTS = 100;
const BATCH = 500;
/** Batches of the bare insert that wait for their answers at the same time: one of each host, as with the server. */
const ROUNDS = 20;

/**
 * What the same records cost without the server: the bare insert into the same store, without HTTP, reading or verifying; SHA-256 of
 * the same bytes alone; and the time of each step on one processor.
 */
export async function measureLimits(records: number): Promise<Figures> {
  const perHost = Math.max(BATCH, Math.ceil(records / HOSTS / BATCH) * BATCH);
  const batches: (readonly StoredCommand[])[] = [];
  const make = (host: number, from: number) =>
    makeChain(
      { hostId: `host-of-the-bench-${host}`, epoch: 1, from },
      Array.from({ length: BATCH }, (_, index) => typedCommand(host, from + index)),
    ).map((command): StoredCommand => ({ ...command, source: 'recorder', receivedAt: Date.now() }));
  for (let from = 1; from <= perHost; from += BATCH) for (let host = 0; host < HOSTS; host += 1) batches.push(make(host, from));

  await using dir = await createTempDir('audit-limits');
  const bare = await withEngine(dir.path, async (engine) => {
    const store = openCommandStore({ engine, clock: systemClock });
    let next = 0;
    const begin = performance.now();
    const lane = async (): Promise<void> => {
      for (let batch = batches[next++]; batch !== undefined; batch = batches[next++]) await store.insert(batch);
    };
    await Promise.all(Array.from({ length: HOSTS }, lane));
    return (batches.length * BATCH) / ((performance.now() - begin) / 1_000);
  });

  const stored = batches[0] ?? [];
  const commands = stored.map(({ source: _source, receivedAt: _receivedAt, ...command }) => command);
  const lines = commands.map((command) => JSON.stringify(command));
  const values: unknown[] = lines.map((line) => JSON.parse(line));
  const canonical = commands.map(canonicalCommand);
  const body = Buffer.from(`${lines.join('\n')}\n`);
  const { fresh: toRows } = createCommandRowWriter();
  const rules = { hostId: 'host-of-the-bench-0', range: { epoch: 1, first: 1, last: BATCH }, now: Date.now() };
  const us = (work: () => void): number => {
    for (let round = 0; round < ROUNDS; round += 1) work();
    const begin = performance.now();
    for (let round = 0; round < ROUNDS; round += 1) work();
    return ((performance.now() - begin) * 1_000) / ROUNDS / BATCH;
  };
  const each =
    <Value>(list: readonly Value[], work: (value: Value) => unknown) =>
    () => {
      for (const value of list) work(value);
    };
  const hashUs = us(each(canonical, (text) => hash('sha256', text)));
  return {
    bytesPerRecord: rounded(body.length / BATCH),
    limitBareInsertPerS: rounded(bare),
    limitSha256PerS: rounded(1e6 / hashUs),
    stepJsonParseUs: rounded(us(each(lines, (line) => JSON.parse(line))), 2),
    stepSchemaUs: rounded(us(each(values, (value) => commandSchema.safeParse(value))), 2),
    stepCanonicalUs: rounded(us(each(commands, canonicalCommand)), 2),
    stepSha256Us: rounded(hashUs, 2),
    stepRowUs: rounded(
      us(() => toRows(commands)),
      2,
    ),
    stepReadVerifyAndRowUs: rounded(
      us(() => readCommands(body, rules, toRows)),
      2,
    ),
  };
}
