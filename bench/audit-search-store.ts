import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock } from '@watchpost/runtime/clock/clock';
import { createLog } from '@watchpost/runtime/log/log';
import { createMetrics } from '@watchpost/runtime/metrics/metrics';
import { newAgentKey } from '../packages/server/src/agents/agent-key.ts';
import { openCatalog } from '../packages/server/src/catalog/catalog.ts';
import { createChainStore } from '../packages/server/src/catalog/chain-store.ts';
import { createHostStore } from '../packages/server/src/catalog/host-store.ts';
import type { Engine } from '../packages/server/src/telemetry/engine/engine.ts';
import { openTelemetryStore } from '../packages/server/src/telemetry/open-telemetry-store.ts';
import { generateDay } from './audit-search-data.ts';

const HOSTS = 100;
const MERGE_LIMIT_MS = 20 * 60_000;

/** What was made, kept beside the data: a folder can be filled further and measured again. */
export type MadeCommands = {
  readonly hostIds: readonly string[];
  readonly now: number;
  readonly days: number;
  readonly commandsPerDay: number;
  readonly daysDone: number;
};

/** Opens the store of the folder, hands its engine over, closes it. */
export async function withEngine<Value>(dir: string, work: (engine: Engine) => Promise<Value>): Promise<Value> {
  const store = await openTelemetryStore({
    dir: join(dir, 'telemetry'),
    clock: systemClock,
    log: createLog({ name: 'bench', level: 'warn' }),
    metrics: createMetrics({ processMetrics: false }),
  });
  try {
    return await work(store.engine);
  } finally {
    await store.close();
  }
}

/** Fills the folder by as many days as are asked for, and says how far it is. */
export async function fillStore(
  dir: string,
  plan: { readonly days: number; readonly commandsPerDay: number; readonly atMost: number },
  log: (line: string) => void,
): Promise<MadeCommands> {
  const file = join(dir, 'audit-search.json');
  await mkdir(dir, { recursive: true });
  let made: MadeCommands = existsSync(file)
    ? (JSON.parse(await readFile(file, 'utf8')) as MadeCommands)
    : { hostIds: await addHosts(dir), now: Date.now(), days: plan.days, commandsPerDay: plan.commandsPerDay, daysDone: 0 };
  if (made.daysDone < made.days) {
    await withEngine(dir, async (engine) => {
      // Merged once, when a month is whole: far less work than again and again.
      await engine.command('SYSTEM STOP MERGES commands');
      for (let day = 0; day < plan.atMost && made.daysDone < made.days; day += 1) {
        await generateDay(engine, made, made.days - 1 - made.daysDone);
        made = { ...made, daysDone: made.daysDone + 1 };
        await writeFile(file, JSON.stringify(made));
      }
      log(`${made.daysDone} of ${made.days} days`);
    });
  }
  if (made.daysDone >= made.days) await stateStretches(dir, made);
  return made;
}

/** Waits until the engine has merged what was filled in, as it does by itself in months of running. */
export async function mergeStore(dir: string, log: (line: string) => void): Promise<void> {
  await withEngine(dir, async (engine) => {
    const end = performance.now() + MERGE_LIMIT_MS;
    for (let idle = 0; idle < 3 && performance.now() < end;) {
      const [now] = await engine.rows<{ parts: number; merges: number }>(
        `SELECT (SELECT count() FROM system.parts WHERE active AND database = currentDatabase() AND table = 'commands') AS parts,
           (SELECT count() FROM system.merges) AS merges`,
      );
      idle = now?.merges === 0 ? idle + 1 : 0;
      log(`${now?.parts} parts, ${now?.merges} merges`);
      await new Promise((resolve) => setTimeout(resolve, 5_000));
    }
  });
}

/** The server must know the hosts; that so many join at once it does not allow. */
async function addHosts(dir: string): Promise<readonly string[]> {
  const catalog = await openCatalog(dir);
  const store = createHostStore(catalog);
  const ids: string[] = [];
  for (let index = 0; index < HOSTS; index += 1) {
    const { agentId, secretHash } = newAgentKey('wph');
    const rest = { labelsJson: '{}', groupIdsJson: '[]', enrolledAt: Date.now(), revokedAt: null, lastContactAt: null };
    await store.insert({
      id: agentId,
      kind: 'recorder',
      name: `web-${index}`,
      secretHash,
      ...rest,
      address: null,
      statusJson: null,
    });
    ids.push(agentId);
  }
  await catalog.destroy();
  return ids;
}

/** What the server would have written down of these chains. */
async function stateStretches(dir: string, { hostIds, now }: MadeCommands): Promise<void> {
  const catalog = await openCatalog(dir);
  const chains = createChainStore(catalog);
  if ((await chains.stretches()).length > 0) {
    await catalog.destroy();
    return;
  }
  const lasts = await withEngine(dir, (engine) =>
    engine.rows<{ hostId: string; last: number; hash: string }>(
      'SELECT host_id AS hostId, max(sequence) AS last, argMax(hash, sequence) AS hash FROM commands GROUP BY host_id',
    ),
  );
  const stretches = lasts
    .filter(({ hostId }) => hostIds.includes(hostId))
    .map(({ hostId, last, hash }) => ({
      hostId,
      epoch: 1,
      first: 1,
      last,
      before: '0'.repeat(64),
      hash,
      savedAt: now + 600_000,
    }));
  await chains.saveStretches(stretches.map((each) => ({ hostId: each.hostId, epoch: 1, stretches: [each] })));
  await catalog.destroy();
}
