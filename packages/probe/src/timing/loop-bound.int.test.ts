import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { describe, expect, it, onTestFinished } from 'vitest';
import { LoopBound, nowUs } from './loop-bound.ts';
import { Stopwatch } from './stopwatch.ts';

/** A datagram from another thread, so that this one sleeps until it comes. */
const SEND_LATER = `
  const { workerData } = require('node:worker_threads');
  const socket = require('node:dgram').createSocket('udp4');
  setTimeout(() => socket.send('x', workerData, '127.0.0.1', () => socket.close()), 50);
`;

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

  it('begins with the first action, not with what was prepared for it', () => {
    const watch = new Stopwatch(loopBound());
    block(20);
    const beforeUs = nowUs();
    watch.begin();
    watch.begin();
    const point = watch.done();
    watch.begin();
    expect(point).toBeLessThanOrEqual(nowUs() - beforeUs + 1);
    expect(watch.done()).toBeGreaterThanOrEqual(point);
    expect(watch.startUs).toBeGreaterThanOrEqual(beforeUs);
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

  it('puts what came while the thread was busy nearer to when it came, within the uncertainty', async () => {
    const loop = loopBound({ floorUs: 100 });
    if (!loop.isVerified) return;
    const socket = createSocket('udp4').bind(0, '127.0.0.1');
    onTestFinished(() => void socket.close());
    await once(socket, 'listening');
    const rounds: { readonly placed: number; readonly seen: number }[] = [];
    for (let round = 0; round < 20; round++) {
      const [arrival, handover, event] = [new Stopwatch(loop), new Stopwatch(loop), new Stopwatch(loop)];
      const message = once(socket, 'message').then(() => [arrival.arrival(), handover.handover(), event.event()]);
      const sentUs = await new Promise<number>((resolve) =>
        setImmediate(() => {
          block(10);
          const us = nowUs();
          socket.send('x', socket.address().port, '127.0.0.1', () => {
            block(10);
            resolve(us);
          });
        }),
      );
      await message;
      // Each has its own start, and whole microseconds since then.
      const lateUs = (watch: Stopwatch) => watch.startUs + watch.pointUs - sentUs;
      const [placed, between, seen] = [lateUs(arrival), lateUs(handover), lateUs(event)];
      const errorUs = Math.abs(placed);
      expect(errorUs).toBeLessThanOrEqual(arrival.uncertaintyUs() ?? 0);
      expect(placed).toBeLessThanOrEqual(between + 1);
      expect(between).toBeLessThanOrEqual(seen + 1);
      rounds.push({ placed: errorUs, seen });
    }
    const sum = (key: 'placed' | 'seen') => rounds.reduce((total, round) => total + round[key], 0);
    expect(sum('placed')).toBeLessThan(sum('seen'));
  });

  it('leaves an event that the loop slept for where it was seen, but for the wait for a processor', async () => {
    const loop = loopBound();
    const moved: number[] = [];
    for (let round = 0; round < 10; round++) {
      const socket = createSocket('udp4').bind(0, '127.0.0.1');
      await once(socket, 'listening');
      const watch = new Stopwatch(loop);
      const other = new Worker(SEND_LATER, { eval: true, workerData: socket.address().port });
      await once(socket, 'message');
      const placed = watch.arrival();
      moved.push(nowUs() - watch.startUs - placed);
      socket.close();
      await other.terminate();
    }
    // The best of several: on a busy machine the thread waits for its processor.
    expect(Math.min(...moved)).toBeLessThan(5_000);
  });
});
