import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { systemClock } from '@watchpost/runtime/clock/clock';
import { createTempDir } from '@watchpost/testkit/temp-dir';
import { resultRecord } from '../result-fixtures.ts';
import { deliver, openTestStore } from '../store-for-tests.ts';

test('a server killed while it writes has kept what it acknowledged, and takes in the rest of a repeat once', async () => {
  await using dir = await createTempDir('server-killed');
  const child = spawn(process.execPath, [fileURLToPath(new URL('server-killed-main.ts', import.meta.url)), dir.path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let acknowledged = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    acknowledged = Number(line);
    if (acknowledged >= 400) child.kill('SIGKILL');
  }
  expect(acknowledged).toBeGreaterThanOrEqual(400);

  const store = await openTestStore(dir.path, systemClock);
  try {
    const stored = async (): Promise<{ n: number; distinct: number; newest: number } | undefined> =>
      (
        await store.engine.rows<{ n: number; distinct: number; newest: number }>(
          'SELECT count() AS n, uniqExact(sequence) AS distinct, max(sequence) AS newest FROM results',
        )
      )[0];
    const before = await stored();
    expect(before?.n).toBe(before?.distinct);
    expect(before?.newest).toBe(before?.n);
    expect(before?.n).toBeGreaterThanOrEqual(acknowledged);
    // The agent got no answer for the last batch: it sends it again, cut differently, with new records behind.
    const kept = before?.n ?? 0;
    const records = Array.from({ length: 150 }, (_, index) =>
      resultRecord({ sequence: acknowledged - 60 + index, roundAt: systemClock.wallMs() - 60_000 }),
    );
    const { inserted } = await deliver(store, records);
    expect(inserted).toBe(acknowledged + 89 - kept);
    expect(await stored()).toMatchObject({ n: acknowledged + 89, distinct: acknowledged + 89 });
  } finally {
    await store.close();
  }
});
