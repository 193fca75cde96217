import { execFile } from 'node:child_process';
import { Resolver } from 'node:dns/promises';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { startTimedServer } from './timed-server.ts';
import { formatTimingPlan } from './timing-plan.ts';

const run = promisify(execFile);

test('the server delays what it is asked to delay, and says when it did it', async () => {
  await using server = await startTimedServer({ isRealtime: false });
  const resolver = new Resolver();
  resolver.setServers([server.resolver]);
  const name = (id: number) => formatTimingPlan({ id, dnsMs: 30, tlsMs: 20, waitMs: 40, bodyMs: 25 });
  expect(await resolver.resolve4(name(1))).toEqual(['127.0.0.1']);
  expect(await resolver.resolve4(name(2))).toEqual(['127.0.0.1']);
  const curl = (scheme: string, port: number, id: number) =>
    run('curl', [
      '-sS',
      '--cacert',
      server.caFile,
      '--resolve',
      `${name(id)}:${port}:127.0.0.1`,
      `${scheme}://${name(id)}:${port}/`,
    ]);
  expect((await curl('http', server.httpPort, 1)).stdout).toHaveLength(2000);
  expect((await curl('https', server.httpsPort, 2)).stdout).toHaveLength(2000);

  const events = await server.takeEvents();
  const phase = (
    id: number,
    from: 'dnsRxUs' | 'helloRxUs' | 'requestRxUs' | 'firstTxUs',
    to: 'dnsTxUs' | 'helloTxUs' | 'firstTxUs' | 'lastTxUs',
  ) => (events.get(id)?.[to] ?? Number.NaN) - (events.get(id)?.[from] ?? Number.NaN);
  // A timer of 30 ms fires 29 ms later at the earliest.
  for (const id of [1, 2]) {
    expect(phase(id, 'dnsRxUs', 'dnsTxUs')).toBeGreaterThan(29_000);
    expect(phase(id, 'requestRxUs', 'firstTxUs')).toBeGreaterThan(39_000);
    expect(phase(id, 'firstTxUs', 'lastTxUs')).toBeGreaterThan(24_000);
  }
  expect(phase(2, 'helloRxUs', 'helloTxUs')).toBeGreaterThan(19_000);
  expect(events.get(1)?.helloRxUs).toBeNull();
  expect((await server.takeEvents()).size).toBe(0);
});
