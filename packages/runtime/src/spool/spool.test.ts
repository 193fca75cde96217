import { describe, expect, test } from 'vitest';
import { createLog } from '../log/log.ts';
import { openSpool, type Spool, type SpoolOptions } from './spool.ts';
import { createSimClock } from './testing/sim-clock.ts';
import { createSimDisk } from './testing/sim-disk.ts';

const log = createLog({ name: 'test', level: 'silent' });
const all = { maxRecords: 10_000, maxBytes: 100_000_000 };
const DAY_MS = 86_400_000;

function world(options: Partial<SpoolOptions> = {}) {
  const clock = createSimClock();
  const disk = createSimDisk();
  const open = (over: Partial<SpoolOptions> = {}): Promise<Spool> =>
    openSpool({ dir: '/nowhere', clock, log, disk, maxBytes: 64 * 1024, segmentBytes: 4 * 1024, ...options, ...over });
  return { clock, disk, open };
}

const text = (bytes: number): object => ({ text: 'x'.repeat(bytes) });
const some = (count: number, bytes = 100): object[] => Array.from({ length: count }, () => text(bytes));

async function drain(spool: Spool): Promise<number[]> {
  const found: number[] = [];
  for (let batch = await spool.readOldest(all); batch !== null; batch = await spool.readOldest(all))
    found.push(...batch.sequences);
  return found;
}
const upTo = (last: number, first = 1): number[] => Array.from({ length: last - first + 1 }, (_, index) => first + index);

describe('order and boundaries', () => {
  test('gives sequences from 1 on and lines that carry them', async () => {
    const spool = await world().open();
    expect(await spool.append([{ a: 1 }, {}])).toEqual({ first: 1, last: 2 });
    expect(await spool.append([{ b: 'é\n' }])).toEqual({ first: 3, last: 3 });
    const batch = await spool.readOldest(all);
    expect(batch?.lines.map((line) => JSON.parse(line.toString('utf8')) as unknown)).toEqual([
      { sequence: 1, a: 1 },
      { sequence: 2 },
      { sequence: 3, b: 'é\n' },
    ]);
    expect(batch?.lines.every((line) => line.at(-1) === 10)).toBe(true);
  });

  test('appends of one moment share one write and one sync', async () => {
    const { disk, open } = world();
    const spool = await open();
    await spool.append([{}]);
    const before = disk.operations();
    const ranges = await Promise.all(Array.from({ length: 50 }, (_, index) => spool.append([{ index }])));
    expect(disk.operations() - before).toBe(2);
    expect(ranges.map((range) => range.first)).toEqual(upTo(51, 2));
  });

  test('newest and oldest do not give the same record; a batch given back is given again', async () => {
    const spool = await world().open();
    await spool.append(some(20));
    const newest = await spool.readNewest({ ...all, maxRecords: 5 });
    const oldest = await spool.readOldest({ ...all, maxRecords: 8 });
    expect([newest?.first, newest?.last]).toEqual([16, 20]);
    expect([oldest?.first, oldest?.last]).toEqual([1, 8]);
    const middle = await drain(spool);
    expect(middle).toEqual(upTo(15, 9));
    expect(await spool.readNewest(all)).toBeNull();
    if (newest !== null) spool.release(newest);
    expect((await spool.readNewest({ ...all, after: 18 }))?.sequences).toEqual([19, 20]);
    expect((await spool.readOldest({ ...all, upTo: 17 }))?.sequences).toEqual([16, 17]);
  });

  test('a batch keeps to the limit of bytes, at the right end, and holds one record at least', async () => {
    const spool = await world().open();
    await spool.append(some(10, 180));
    const bytes = 3 * 220;
    expect((await spool.readNewest({ maxRecords: 100, maxBytes: bytes }))?.sequences).toEqual([8, 9, 10]);
    expect((await spool.readOldest({ maxRecords: 100, maxBytes: bytes }))?.sequences).toEqual([1, 2, 3]);
    expect((await spool.readOldest({ maxRecords: 100, maxBytes: 1 }))?.sequences).toEqual([4]);
    expect((await spool.readNewest({ maxRecords: 100, maxBytes: 1 }))?.sequences).toEqual([7]);
  });

  test('acknowledged ranges are kept exactly, in any order, over a restart; done files go away', async () => {
    const { disk, open } = world();
    const spool = await open();
    await spool.append(some(80));
    await spool.append(some(60));
    await spool.append(some(60));
    await spool.append([{}]);
    const filesBefore = disk.names().length;
    for (const [first, last] of [
      [150, 199],
      [1, 40],
      [60, 60],
    ] as const) {
      await spool.acknowledge(first, last);
    }
    expect(spool.stats().records).toBe(201 - 91);
    await spool.close();
    const again = await open();
    expect(again.epoch).toBe(spool.epoch);
    const expected = upTo(201).filter((sequence) => sequence > 40 && sequence !== 60 && (sequence < 150 || sequence > 199));
    expect(await drain(again)).toEqual(expected);
    await again.acknowledge(1, 201);
    await again.append([{}]);
    expect(disk.names().length).toBeLessThan(filesBefore + 1);
    expect(again.stats().records).toBe(1);
    expect(await again.append([{}])).toEqual({ first: 203, last: 203 });
  });

  test('says which of some sequences wait', async () => {
    const { open } = world();
    const spool = await open();
    await spool.append(some(5));
    await spool.acknowledge(2, 3);
    expect(spool.waiting(1, 9)).toEqual([
      [1, 1],
      [4, 5],
    ]);
    await spool.close();
    expect((await open()).waiting(2, 4)).toEqual([[4, 4]]);
  });

  test('the next sequence is known after everything was acknowledged', async () => {
    const { open } = world();
    const spool = await open();
    for (let round = 0; round < 20; round++) {
      const { first, last } = await spool.append(some(50));
      await spool.acknowledge(first, last);
    }
    await spool.close();
    const again = await open();
    expect(again.stats()).toMatchObject({ records: 0, newest: 1_000, oldestAt: null });
    expect(await again.append([{}])).toEqual({ first: 1_001, last: 1_001 });
  });
});

describe('limits', () => {
  test('over the limit of bytes the oldest are dropped, counted, and a gap that survives a restart', async () => {
    const { clock, open } = world();
    const spool = await open();
    const startedAt = clock.wallMs();
    for (let round = 0; round < 100; round++) {
      await spool.append(some(10));
      clock.pass(1_000);
    }
    const stats = spool.stats();
    expect(stats.bytes).toBeLessThanOrEqual(stats.limitBytes);
    const lost = 1_000 - stats.records;
    expect(lost).toBeGreaterThan(300);
    expect(stats.dropped).toEqual({ 'spool-full': lost });
    const [gap] = spool.takeGaps();
    expect(gap).toMatchObject({ epoch: spool.epoch, first: 1, last: lost, fromAt: startedAt, reason: 'spool-full' });
    await spool.close();
    const again = await open();
    expect(again.takeGaps()).toEqual([gap]);
    expect(await drain(again)).toEqual(upTo(1_000, lost + 1));
    await again.confirmGaps(again.takeGaps());
    expect(again.takeGaps()).toEqual([]);
    await again.close();
    expect((await open()).takeGaps()).toEqual([]);
  });

  test('a gap that grew after it was reported keeps the rest', async () => {
    const spool = await world().open();
    await spool.append(some(30));
    await spool.drop(1, 10, 'test');
    const reported = spool.takeGaps();
    await spool.drop(11, 12, 'test');
    await spool.confirmGaps(reported);
    expect(spool.takeGaps()).toMatchObject([{ first: 11, last: 12 }]);
  });

  test('records older than the limit of age are dropped', async () => {
    const { clock, open } = world({ maxAgeMs: 10 * DAY_MS });
    const spool = await open();
    for (let day = 0; day < 20; day++) {
      await spool.append(some(40));
      clock.pass(DAY_MS);
    }
    const [oldest] = await drain(spool);
    expect(oldest).toBeGreaterThan(8 * 40);
    expect(oldest).toBeLessThanOrEqual(10 * 40 + 1);
    expect(spool.stats().dropped['spool-age']).toBe((oldest ?? 0) - 1);
  });

  test.each([10 * 365 * DAY_MS, -10 * 365 * DAY_MS])('a clock that jumps by %i ms drops nothing', async (jump) => {
    const { clock, open } = world({ maxAgeMs: 10 * DAY_MS });
    const spool = await open();
    await spool.append(some(100));
    clock.pass(DAY_MS);
    clock.jump(jump);
    await spool.append(some(100));
    clock.pass(DAY_MS);
    await spool.append(some(1));
    expect(await drain(spool)).toEqual(upTo(201));
    expect(spool.stats().dropped).toEqual({});
  });

  test('a record larger than the wire allows becomes a gap, and the others of its append are kept', async () => {
    const spool = await world({ maxBytes: 1024 * 1024 }).open();
    await spool.append([{ a: 1 }, text(70_000), { a: 3 }]);
    expect(await drain(spool)).toEqual([1, 3]);
    expect(spool.takeGaps()).toMatchObject([{ first: 2, last: 2, reason: 'too-large' }]);
  });

  test('appends beyond what may wait for the disk are refused and counted', async () => {
    const spool = await world().open();
    await expect(spool.append(some(1, 50_000))).rejects.toMatchObject({ code: 'spool-failed' });
    expect(spool.stats().dropped).toEqual({ 'spool-busy': 1 });
    expect(await spool.append([{}])).toEqual({ first: 1, last: 1 });
  });

  test('the age of the oldest record is known', async () => {
    const { clock, open } = world();
    const spool = await open();
    const times: number[] = [];
    for (let index = 0; index < 20; index++) {
      times.push(clock.wallMs());
      await spool.append([{}]);
      clock.pass(10_000);
    }
    expect(spool.stats().oldestAt).toBe(times[0]);
    await spool.acknowledge(1, 7);
    expect(spool.stats().oldestAt).toBe(times[7]);
  });
});

describe('a disk that fails', () => {
  test('full disk: appends reject, are counted and become one gap; it goes on by itself when there is room', async () => {
    const { disk, open } = world();
    const spool = await open();
    await spool.append(some(5));
    disk.setFault((_operation, kind) => (kind === 'write' || kind === 'create' ? 'ENOSPC' : null));
    for (let index = 0; index < 4; index++) {
      await expect(spool.append(some(2))).rejects.toMatchObject({ code: 'spool-failed' });
    }
    expect((await spool.readNewest({ ...all, maxRecords: 2 }))?.sequences).toEqual([4, 5]);
    await spool.acknowledge(4, 5);
    disk.setFault(null);
    expect(await spool.append(some(1))).toEqual({ first: 14, last: 14 });
    expect(spool.stats().dropped).toEqual({ 'spool-write': 8 });
    expect(spool.takeGaps()).toMatchObject([{ first: 6, last: 13, reason: 'spool-write' }]);
    await spool.close();
    const again = await open();
    expect(again.takeGaps()).toMatchObject([{ first: 6, last: 13, reason: 'spool-write' }]);
    expect(await drain(again)).toEqual([1, 2, 3, 14]);
  });

  test('what could not be noted on the full disk is noted as soon as there is room', async () => {
    const { disk, open } = world();
    const spool = await open();
    await spool.append(some(5));
    disk.setFault(() => 'ENOSPC');
    await expect(spool.append(some(2))).rejects.toMatchObject({ code: 'spool-failed' });
    disk.setFault(null);
    expect(await spool.append(some(1))).toEqual({ first: 8, last: 8 });
    const again = await open({ disk: disk.crashed(0) });
    expect(again.takeGaps()).toMatchObject([{ first: 6, last: 7, reason: 'spool-write' }]);
    expect(await drain(again)).toEqual([1, 2, 3, 4, 5, 8]);
  });

  test('after a sync that failed the file takes no more records', async () => {
    const { disk, open } = world();
    const spool = await open();
    await spool.append(some(3));
    disk.setFault((_operation, kind) => (kind === 'sync' ? 'EIO' : null));
    await expect(spool.append(some(1))).rejects.toMatchObject({ code: 'spool-failed' });
    disk.setFault(null);
    const segments = disk.names().filter((name) => name.endsWith('.seg')).length;
    await spool.append(some(1));
    expect(disk.names().filter((name) => name.endsWith('.seg')).length).toBe(segments + 1);
    expect(await drain(spool)).toEqual([1, 2, 3, 5]);
  });

  test('a file that cannot be read does not block what lies behind it', async () => {
    const { disk, open } = world();
    const spool = await open();
    for (let round = 0; round < 10; round++) await spool.append(some(20));
    const oldest =
      disk
        .names()
        .filter((name) => name.endsWith('.seg'))
        .sort()[0] ?? '';
    await disk.remove(oldest);
    const read: number[] = [];
    for (let attempt = 0; attempt < 50; attempt++) {
      const batch = await spool.readOldest(all).catch(() => null);
      if (batch !== null) read.push(...batch.sequences);
    }
    const lost = spool.stats().dropped['spool-unreadable'] ?? 0;
    expect(lost).toBeGreaterThan(0);
    expect(read).toEqual(upTo(200, lost + 1));
  });

  test('a lost folder begins a new, larger epoch', async () => {
    const first = world();
    const before = await first.open();
    first.clock.pass(5);
    const after = await openSpool({ dir: '/x', clock: first.clock, log, disk: createSimDisk() });
    expect(after.epoch).toBeGreaterThan(before.epoch);
  });

  test('every operation failing once, in turn: no confirmed record is lost without a gap, and it always goes on', async () => {
    let runs = 0;
    for (let failing = 1; ; failing++) {
      const { disk, clock, open } = world({ maxBytes: 16 * 1024, segmentBytes: 2 * 1024 });
      let didFail = false;
      disk.setFault((operation) => {
        if (operation !== failing) return null;
        didFail = true;
        return 'EIO';
      });
      const confirmed: number[] = [];
      const acknowledged = new Set<number>();
      let spool = await open();
      for (let round = 0; round < 40; round++) {
        const range = await spool.append(some(6)).catch(() => null);
        if (range !== null) confirmed.push(...upTo(range.last, range.first));
        clock.pass(60_000);
        const batch = round % 3 === 0 ? await spool.readOldest({ ...all, maxRecords: 4 }) : null;
        if (batch !== null) {
          await spool.acknowledge(batch.first, batch.last);
          for (const sequence of batch.sequences) acknowledged.add(sequence);
        }
        if (round === 7) {
          await spool.close();
          spool = await open().catch(() => open());
        }
      }
      disk.setFault(null);
      await expect(spool.append([{}])).resolves.toBeDefined();
      const left = new Set(await drain(spool));
      const isInGap = (sequence: number): boolean =>
        spool.takeGaps().some((gap) => gap.first <= sequence && sequence <= gap.last);
      const lost = confirmed.filter((sequence) => !left.has(sequence) && !acknowledged.has(sequence) && !isInGap(sequence));
      expect({ failing, lost }).toEqual({ failing, lost: [] });
      expect(new Set(confirmed).size).toBe(confirmed.length);
      runs += 1;
      if (!didFail) break;
    }
    expect(runs).toBeGreaterThan(60);
  });
});
