/** Test process: delivers batches to the store in `argv[2]` until it is killed, and prints the last sequence of each answer. */
import { systemClock } from '@watchpost/runtime/clock/clock';
import { resultRecord } from '../result-fixtures.ts';
import { deliver, openTestStore } from '../store-for-tests.ts';

const BATCH = 40;
const MAX_BATCHES = 10_000;
const store = await openTestStore(process.argv[2] ?? '', systemClock);
const roundAt = Math.floor(systemClock.wallMs() / 60_000) * 60_000 - 3_600_000;
for (let batch = 0; batch < MAX_BATCHES; batch += 1) {
  const first = 1 + batch * BATCH;
  await deliver(
    store,
    Array.from({ length: BATCH }, (_, index) => resultRecord({ sequence: first + index, roundAt: roundAt + index * 1_000 })),
  );
  process.stdout.write(`${first + BATCH - 1}\n`);
}
