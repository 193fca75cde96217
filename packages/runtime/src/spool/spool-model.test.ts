import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createLog } from '../log/log.ts';
import { type Batch, openSpool, type Spool } from './spool.ts';
import { createSimClock, type SimClock } from './testing/sim-clock.ts';
import { createSimDisk, type SimDisk } from './testing/sim-disk.ts';

const log = createLog({ name: 'test', level: 'silent' });

/** What must be true of a spool, kept in plain sets. */
type Model = {
  nextId: number;
  /** Identity of the record behind each sequence that was ever seen. */
  readonly idOf: Map<number, number>;
  readonly sequenceOf: Map<number, number>;
  readonly confirmed: Set<number>;
  readonly acknowledged: Set<number>;
  /** Acknowledged before a crash: may come once more. */
  readonly mayRepeat: Set<number>;
  readonly confirmedGaps: { first: number; last: number }[];
  inFlight: Batch[];
  highest: number;
  /** A write may have failed: then an acknowledgement may not have reached the disk. */
  hasFault: boolean;
};
type Real = { spool: Spool; disk: SimDisk; readonly clock: SimClock };
type Command = fc.AsyncCommand<Model, Real>;

const open = (disk: SimDisk, clock: SimClock): Promise<Spool> =>
  openSpool({ dir: '/nowhere', disk, clock, log, maxBytes: 32 * 1024, segmentBytes: 2 * 1024, maxAgeMs: 3_600_000 });

function learn(model: Model, sequence: number, id: number): void {
  expect(model.idOf.get(sequence) ?? id).toBe(id);
  expect(model.sequenceOf.get(id) ?? sequence).toBe(sequence);
  model.idOf.set(sequence, id);
  model.sequenceOf.set(id, sequence);
}

function checkBatch(model: Model, batch: Batch): void {
  expect(batch.count).toBe(batch.lines.length);
  let previous = batch.first - 1;
  for (const line of batch.lines) {
    const { sequence, id } = JSON.parse(line.toString('utf8')) as { sequence: number; id: number };
    expect(sequence).toBeGreaterThan(previous);
    expect(sequence).toBeLessThanOrEqual(batch.last);
    previous = sequence;
    learn(model, sequence, id);
    expect(model.acknowledged.has(sequence) && !model.mayRepeat.has(sequence)).toBe(false);
    for (const other of model.inFlight) expect(sequence >= other.first && sequence <= other.last).toBe(false);
  }
}

async function crash(model: Model, real: Real, kept: number, damage: ((disk: SimDisk) => void) | null): Promise<void> {
  real.disk = real.disk.crashed(kept);
  damage?.(real.disk);
  for (const sequence of model.acknowledged) model.mayRepeat.add(sequence);
  model.inFlight = [];
  real.spool = await open(real.disk, real.clock);
}

const command = (name: string, run: (model: Model, real: Real) => Promise<void>): Command => ({
  check: () => true,
  run,
  toString: () => name,
});

const append = fc.tuple(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 0, max: 300 })).map(([count, size]) =>
  command(`append(${count}, ${size})`, async (model, real) => {
    const records = Array.from({ length: count }, () => ({ id: model.nextId++, text: 'x'.repeat(size) }));
    const range = await real.spool.append(records).catch(() => null);
    if (range === null) return;
    expect(range.first).toBeGreaterThan(model.highest);
    expect(range.last - range.first + 1).toBe(count);
    model.highest = range.last;
    for (const [index, record] of records.entries()) {
      learn(model, range.first + index, record.id);
      model.confirmed.add(range.first + index);
    }
  }),
);
const read = fc
  .tuple(
    fc.constantFrom('readOldest' as const, 'readNewest' as const),
    fc.integer({ min: 1, max: 20 }),
    fc.integer({ min: 1, max: 3_000 }),
  )
  .map(([end, maxRecords, maxBytes]) =>
    command(`${end}(${maxRecords}, ${maxBytes})`, async (model, real) => {
      const batch = await real.spool[end]({ maxRecords, maxBytes });
      if (batch === null) return;
      checkBatch(model, batch);
      model.inFlight.push(batch);
    }),
  );
const finish = fc.tuple(fc.nat(10), fc.constantFrom('acknowledge', 'half', 'release', 'drop')).map(([which, how]) =>
  command(`${how}(${which})`, async (model, real) => {
    const [batch] = model.inFlight.splice(which % Math.max(model.inFlight.length, 1), 1);
    if (batch === undefined) return;
    if (how === 'release') return real.spool.release(batch);
    if (how === 'drop') return real.spool.drop(batch.first, batch.last, 'test');
    const last = how === 'half' ? Math.trunc((batch.first + batch.last) / 2) : batch.last;
    await real.spool.acknowledge(batch.first, last);
    for (const sequence of batch.sequences) {
      if (sequence > last) continue;
      model.acknowledged.add(sequence);
      model.mayRepeat.delete(sequence);
    }
    if (last < batch.last) real.spool.release(batch);
  }),
);
const gapReport = fc.constant(
  command('report gaps', async (model, real) => {
    const gaps = real.spool.takeGaps();
    await real.spool.confirmGaps(gaps);
    model.confirmedGaps.push(...gaps);
  }),
);
const time = fc
  .tuple(fc.integer({ min: 0, max: 200_000 }), fc.constantFrom(0, 0, 0, 86_400_000, -86_400_000))
  .map(([pass, jump]) =>
    command(`pass(${pass}, jump ${jump})`, async (_model, real) => {
      real.clock.pass(pass);
      real.clock.jump(jump);
    }),
  );
const restart = fc.constant(
  command('restart', async (model, real) => {
    await real.spool.close();
    model.inFlight = [];
    if (model.hasFault) for (const sequence of model.acknowledged) model.mayRepeat.add(sequence);
    real.spool = await open(real.disk, real.clock);
  }),
);
const losePower = fc
  .double({ min: 0, max: 1, noNaN: true })
  .map((kept) => command(`power lost (${kept.toFixed(2)} kept)`, (model, real) => crash(model, real, kept, null)));
const crashWhileWriting = fc
  .tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.integer({ min: 1, max: 4 }))
  .map(([kept, steps]) =>
    command(`power lost while writing (${kept.toFixed(2)} kept, after ${steps})`, async (model, real) => {
      // The disk stands still at one step of an append: nothing after it happens.
      const from = real.disk.operations();
      real.disk.setFault((operation) => (operation >= from + steps ? 'EIO' : null));
      const records = Array.from({ length: 5 }, () => ({ id: model.nextId++, text: 'y'.repeat(150) }));
      const range = await real.spool.append(records).catch(() => null);
      if (range !== null) {
        model.highest = range.last;
        for (const [index, record] of records.entries()) {
          learn(model, range.first + index, record.id);
          model.confirmed.add(range.first + index);
        }
      }
      await crash(model, real, kept, null);
    }),
  );
const flip = fc.tuple(fc.nat(100), fc.double({ min: 0, max: 0.999, noNaN: true }), fc.nat(7)).map(([which, where, bit]) =>
  command(`bit flipped in file ${which} at ${where.toFixed(3)}`, (model, real) =>
    crash(model, real, 1, (disk) => {
      const files = disk
        .names()
        .filter((name) => name.endsWith('.seg'))
        .sort();
      const name = files[which % Math.max(files.length, 1)];
      if (name === undefined) return;
      const bytes = disk.content(name);
      const position = Math.trunc(where * bytes.length);
      if (bytes.length > 0) bytes.writeUInt8(bytes.readUInt8(position) ^ (1 << bit), position);
    }),
  ),
);
const fault = fc.integer({ min: 1, max: 6 }).map((after) =>
  command(`fault after ${after}`, async (model, real) => {
    model.hasFault = true;
    const from = real.disk.operations();
    real.disk.setFault((operation) => (operation === from + after ? 'ENOSPC' : null));
  }),
);

test('whatever happens, each confirmed record is delivered, or acknowledged before, or in a gap', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.commands([append, append, read, finish, finish, gapReport, time, restart, losePower, crashWhileWriting, flip, fault], {
        maxCommands: 60,
        size: 'max',
      }),
      async (commands) => {
        const clock = createSimClock();
        const disk = createSimDisk();
        const real: Real = { spool: await open(disk, clock), disk, clock };
        const model: Model = {
          nextId: 1,
          idOf: new Map(),
          sequenceOf: new Map(),
          confirmed: new Set(),
          acknowledged: new Set(),
          mayRepeat: new Set(),
          confirmedGaps: [],
          inFlight: [],
          highest: 0,
          hasFault: false,
        };
        await fc.asyncModelRun(() => ({ model, real }), commands);

        real.disk.setFault(null);
        await real.spool.close();
        model.inFlight = [];
        for (const sequence of model.acknowledged) model.mayRepeat.add(sequence);
        const last = await open(real.disk, clock);
        const delivered = new Set<number>();
        for (;;) {
          const batch = await last.readOldest({ maxRecords: 7, maxBytes: 2_000 });
          if (batch === null) break;
          checkBatch(model, batch);
          for (const sequence of batch.sequences) delivered.add(sequence);
          await last.acknowledge(batch.first, batch.last);
        }
        const gaps = [...last.takeGaps(), ...model.confirmedGaps];
        const isInGap = (sequence: number): boolean => gaps.some((gap) => gap.first <= sequence && sequence <= gap.last);
        const lost = [...model.confirmed].filter((s) => !delivered.has(s) && !model.acknowledged.has(s) && !isInGap(s));
        expect(lost).toEqual([]);
        expect(last.stats().records).toBe(0);
        const { first } = await last.append([{ id: model.nextId++ }]);
        expect(first).toBeGreaterThan(model.highest);
        await last.close();
      },
    ),
    { numRuns: Number(process.env['SPOOL_MODEL_RUNS'] ?? 600), interruptAfterTimeLimit: 60_000 },
  );
});
