import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { describe, expect, it, onTestFinished } from 'vitest';
import { LoopBound, nowUs } from './loop-bound.ts';
import { Stopwatch } from './stopwatch.ts';

/** Keeps the thread busy. */
function block(ms: number): void {
  const endUs = nowUs() + ms * 1_000;
  while (nowUs() < endUs);
}

function loopBound(options?: ConstructorParameters<typeof LoopBound>[0]): LoopBound {
  const loop = new LoopBound(options);
  onTestFinished(() => loop.close());
  return loop;
}

describe('LoopBound', () => {
  it('covers the time an event waited behind other work', async () => {
    const loop = loopBound();
    const socket = createSocket('udp4').bind(0, '127.0.0.1');
    onTestFinished(() => void socket.close());
    await once(socket, 'listening');
    for (let round = 0; round < 20; round++) {
      const seen = once(socket, 'message').then(() => ({ atUs: loop.mark(), boundUs: loop.boundUs }));
      const sent = await new Promise<number>((resolve) =>
        socket.send('x', socket.address().port, '127.0.0.1', () => {
          // The packet lies in the socket now; the loop sees it only after this work.
          const us = nowUs();
          block(15);
          resolve(us);
        }),
      );
      const { atUs, boundUs } = await seen;
      expect(boundUs + loop.floorUs).toBeGreaterThanOrEqual(atUs - sent);
    }
  });

  it('does not count the time in which the loop was idle', async () => {
    const loop = loopBound();
    let smallest = Infinity;
    // The best of several: a busy machine makes single rounds late, and the bound says so.
    for (let round = 0; round < 10; round++) {
      await new Promise((resolve) => setTimeout(resolve, 40));
      loop.mark();
      smallest = Math.min(smallest, loop.boundUs);
    }
    expect(smallest).toBeLessThan(35_000);
  });

  it('is not verified where the kernel keeps no figures, and then no result claims a bound', () => {
    const loop = loopBound({ schedstatPath: '/nowhere/schedstat' });
    expect(loop.isVerified).toBe(false);
    const watch = new Stopwatch(loop);
    watch.event();
    expect(watch.uncertaintyUs()).toBeNull();
  });
});

describe('Stopwatch', () => {
  it('gives whole points that never go back', () => {
    const watch = new Stopwatch(loopBound());
    const points = Array.from({ length: 100 }, (_, index) => (index % 2 === 0 ? watch.event() : watch.done()));
    expect(points.every(Number.isInteger)).toBe(true);
    expect(points).toEqual(points.toSorted((a, b) => a - b));
    expect(watch.pointUs).toBe(points.at(-1));
  });

  it('adds what our own actions took, and no more than the step lasted', () => {
    const loop = loopBound({ floorUs: 0 });
    if (!loop.isVerified) return;
    const watch = new Stopwatch(loop);
    block(20);
    watch.acted();
    const end = watch.event();
    expect(watch.uncertaintyUs()).toBeGreaterThanOrEqual(20_000);
    expect(watch.uncertaintyUs()).toBeLessThanOrEqual(end + 1);
    block(10);
    watch.done();
    expect(watch.uncertaintyUs()).toBeGreaterThanOrEqual(30_000);
  });
});
