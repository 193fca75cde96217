import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ResultRecord } from '@watchpost/contracts/results/result';
import { createTempDir, type TempDir } from '@watchpost/testkit/temp-dir';
import { resultRecord, withWait } from '../result-fixtures.ts';
import { deliver, openTestStore, settableClock } from '../store-for-tests.ts';
import { SKETCH_GAMMA } from './rollup-columns.ts';
import { TIERS } from './tiers.ts';

const NOW = Date.UTC(2026, 5, 20, 10);
const OUTCOMES = ['up', 'degraded', 'down', 'unknown'] as const;

type Store = Awaited<ReturnType<typeof openTestStore>>;
type Step =
  | { readonly do: 'deliver'; readonly agent: number; readonly from: number; readonly length: number; readonly stride: number }
  | { readonly do: 'together'; readonly agent: number; readonly from: number; readonly length: number; readonly stride: number }
  | { readonly do: 'roll' | 'reopen' | 'crash' };

/** What agent `agent` measured as its record `sequence`: spread over days, so that deliveries are early and late. */
function recordOf(run: number, agent: number, sequence: number): ResultRecord {
  const noise = (sequence * 7_919 + agent * 104_729) % 9_973;
  const record = resultRecord({
    sequence,
    agentId: `r${run}-agent-${agent}`,
    vantage: `v${agent}`,
    targetId: `r${run}-target-${sequence % 2}`,
    roundAt: NOW - 2 * 86_400_000 + ((noise * 37) % 2_800) * 60_000,
    outcome: OUTCOMES[noise % 7 < 4 ? 0 : (noise % 7) - 3] ?? 'up',
  });
  return withWait(record, 1_000 + noise * 50);
}

const piece = {
  agent: fc.nat(1),
  from: fc.integer({ min: 1, max: 60 }),
  length: fc.integer({ min: 1, max: 40 }),
  stride: fc.integer({ min: 1, max: 3 }),
};
const step: fc.Arbitrary<Step> = fc.oneof(
  { arbitrary: fc.record({ do: fc.constant('deliver' as const), ...piece }), weight: 6 },
  { arbitrary: fc.record({ do: fc.constant('together' as const), ...piece }), weight: 3 },
  { arbitrary: fc.record({ do: fc.constant('roll' as const) }), weight: 2 },
  { arbitrary: fc.record({ do: fc.constantFrom('reopen' as const, 'crash' as const) }), weight: 1 },
);

let dir: TempDir;
let store: Store;
const clock = settableClock(NOW);

/** Windows are computed in turn as a whole and by their touched buckets. */
let turn = 0;
const isWholeWindow = (): Promise<boolean> => Promise.resolve((turn += 1) % 2 === 0);

beforeAll(async () => {
  dir = await createTempDir('once');
  store = await openTestStore(dir.path, clock, { isWholeWindow });
});
afterAll(async () => {
  await store.close();
  await dir.remove();
});

test('whatever the order, the batches and the repeats: raw and every tier are those of the distinct results', async () => {
  let run = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 6, maxLength: 14 }), async (steps) => {
      run += 1;
      const delivered = new Map<string, ResultRecord>();
      const send = async (records: readonly ResultRecord[]): Promise<void> => {
        await deliver(store, records, records[0]?.agentId);
        for (const record of records) delivered.set(`${record.agentId}:${record.sequence}`, record);
      };
      for (const each of steps) {
        clock.set(clock.wallMs() + 1_000);
        if (each.do === 'roll') await rollUpAfterAll(store);
        if (each.do === 'reopen') {
          await store.close();
          store = await openTestStore(dir.path, clock, { isWholeWindow });
        }
        if (each.do === 'crash') process.kill(store.engine.pid() ?? 0, 'SIGKILL');
        if (each.do === 'deliver' || each.do === 'together') {
          const records = Array.from({ length: each.length }, (_, index) =>
            recordOf(run, each.agent, each.from + index * each.stride),
          );
          const again = records.toReversed().slice(0, 7);
          await Promise.all(
            each.do === 'together'
              ? [send(records), send(again), send(records.slice(3).concat(records.slice(0, 3)))]
              : [send(records)],
          );
        }
      }
      await rollUpAfterAll(store);
      await expectSame(store, run, [...delivered.values()]);
    }),
    { numRuns: 8, seed: 20_261_122, endOnFailure: true },
  );
});

/** Rolls up; an engine that was just killed needs a moment to be there again. */
async function rollUpAfterAll(opened: Store): Promise<void> {
  const until = performance.now() + 20_000;
  for (;;) {
    try {
      await opened.rollUp();
      return;
    } catch (error) {
      if (performance.now() > until) throw error;
      await new Promise((resolve) => {
        setTimeout(resolve, 20);
      });
    }
  }
}

async function expectSame(opened: Store, run: number, records: readonly ResultRecord[]): Promise<void> {
  const mine = `startsWith(target_id, 'r${run}-')`;
  const stored = await opened.engine.rows<{ id: string }>(
    `SELECT concat(agent_id, ':', toString(sequence)) AS id FROM results WHERE ${mine} ORDER BY id`,
  );
  expect(stored.map(({ id }) => id)).toEqual(records.map(({ agentId, sequence }) => `${agentId}:${sequence}`).toSorted());
  for (const tier of TIERS) {
    const rows = await opened.engine.rows<Record<string, unknown>>(
      `SELECT target_id, vantage, toUnixTimestamp(bucket) AS bucket, up, degraded, down, unknown, rounds, total_sum, total_min, total_max, wait_sum, wait_count, tls_max, bins, bin_counts
       FROM ${tier.table} FINAL WHERE ${mine} ORDER BY target_id, vantage, bucket`,
    );
    expect(rows, tier.name).toEqual(plainRollup(records, tier.seconds));
  }
}

function plainRollup(records: readonly ResultRecord[], seconds: number): readonly Record<string, unknown>[] {
  const bucketOf = (record: ResultRecord): number => Math.floor(record.roundAt / 1_000 / seconds) * seconds;
  const groups = Map.groupBy(records, (record) => `${record.targetId} ${record.vantage} ${bucketOf(record)}`);
  return [...groups.entries()]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([, group]) => {
      const first = group[0];
      if (first === undefined) throw new Error('an empty group');
      const timed = group.filter(({ outcome }) => outcome === 'up' || outcome === 'degraded');
      const totals = timed.map(({ totalUs }) => totalUs);
      const waits = timed.map(({ hops }) => hops[0]?.phases.waitUs ?? 0);
      const bins = Map.groupBy(totals, (us) => Math.ceil(Math.log(us) / Math.log(SKETCH_GAMMA)));
      const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
      const having = (outcome: string): number => group.filter((record) => record.outcome === outcome).length;
      const sorted = [...bins].toSorted(([a], [b]) => a - b);
      return {
        target_id: first.targetId,
        vantage: first.vantage,
        bucket: bucketOf(first),
        up: having('up'),
        degraded: having('degraded'),
        down: having('down'),
        unknown: having('unknown'),
        rounds: new Set(group.filter(({ outcome }) => outcome !== 'unknown').map(({ roundAt }) => roundAt)).size,
        total_sum: sum(totals),
        total_min: Math.min(4_294_967_295, ...totals),
        total_max: Math.max(0, ...totals),
        wait_sum: sum(waits),
        wait_count: waits.length,
        tls_max: timed.length > 0 ? 17_000 : 0,
        bins: sorted.map(([bin]) => bin),
        bin_counts: sorted.map(([, values]) => values.length),
      };
    });
}
