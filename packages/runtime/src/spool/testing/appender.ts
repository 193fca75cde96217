import { writeSync } from 'node:fs';
import { systemClock } from '../../clock/clock.ts';
import { createLog } from '../../log/log.ts';
import { openSpool } from '../spool.ts';

/** A process for tests: appends without end, and prints each range when it is durable: `<first>-<last>`. */
const [dir = '', life = ''] = process.argv.slice(2);
const spool = await openSpool({
  dir,
  clock: systemClock,
  log: createLog({ name: 'appender', level: 'silent' }),
  maxBytes: 256 * 1024 * 1024,
});
writeSync(1, 'open\n');

async function appendForEver(writer: number): Promise<never> {
  for (let round = 0; ; round++) {
    const range = await spool.append(Array.from({ length: 1 + (round % 5) }, () => ({ life, writer, text: 'x'.repeat(300) })));
    writeSync(1, `${range.first}-${range.last}\n`);
  }
}
await Promise.all(Array.from({ length: 8 }, (_, writer) => appendForEver(writer)));
