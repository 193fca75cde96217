import { expect, test } from 'vitest';
import { systemClock } from '@watchpost/runtime/clock/clock';
import { createTempDir } from '@watchpost/testkit/temp-dir';
import { resultRecord } from '../result-fixtures.ts';
import { deliver, openTestStore } from '../store-for-tests.ts';

const AGENTS = 3;
const BATCHES = 25;
const BATCH = 60;
const KILLS = 4;

test('an engine that is killed again and again while batches are written loses nothing and doubles nothing', async () => {
  await using dir = await createTempDir('killed');
  const store = await openTestStore(dir.path, systemClock);
  try {
    const roundAt = Math.floor(systemClock.wallMs() / 60_000) * 60_000 - 3_600_000;
    const seen = { acknowledged: 0, sending: AGENTS };
    const agents = Array.from({ length: AGENTS }, async (_, agent) => {
      const agentId = `agent-${agent}`;
      // Batches overlap by half: half of each is a repeat.
      for (let batch = 0; batch < BATCHES; batch += 1) {
        const first = 1 + (batch * BATCH) / 2;
        const records = Array.from({ length: BATCH }, (__, index) =>
          resultRecord({ sequence: first + index, agentId, vantage: agentId, roundAt: roundAt + (first + index) * 1_000 }),
        );
        const { inserted } = await deliver(store, records, agentId);
        seen.acknowledged += inserted;
      }
      seen.sending -= 1;
    });
    let kills = 0;
    const killer = (async () => {
      while (seen.sending > 0 && kills < KILLS) {
        const before = seen.acknowledged;
        const pid = store.engine.pid();
        if (pid !== null) {
          process.kill(pid, 'SIGKILL');
          kills += 1;
        }
        // The next one comes when something was written again.
        while (seen.sending > 0 && seen.acknowledged < before + 2 * BATCH) {
          await new Promise((resolve) => {
            setTimeout(resolve, 7);
          });
        }
      }
    })();
    await Promise.all([...agents, killer]);
    expect(kills).toBeGreaterThan(1);
    const distinct = AGENTS * ((BATCHES + 1) * (BATCH / 2));
    const [row] = await store.engine.rows<{ n: number; distinct: number }>(
      'SELECT count() AS n, uniqExact(agent_id, epoch, sequence) AS distinct FROM results',
    );
    expect(row).toEqual({ n: distinct, distinct });
    expect(seen.acknowledged).toBe(distinct);
  } finally {
    await store.close();
  }
});
