import fc from 'fast-check';
import { expect, test } from 'vitest';
import { frameBody, frameBytes, type Frame, scanFrames, writeFrame } from './frame.ts';
import { createSimDisk } from './testing/sim-disk.ts';

async function scan(bytes: Buffer): Promise<{ frames: Frame[]; validEnd: number }> {
  const file = await createSimDisk(new Map([['f', bytes]])).open('f', false);
  const frames: Frame[] = [];
  const { validEnd } = await scanFrames(file, 0, bytes.length, (frame) => frames.push(frame) > 0);
  return { frames, validEnd };
}

function written(records: readonly object[]): { bytes: Buffer; ends: number[] } {
  const bodies = records.map((record) => frameBody(record) ?? Buffer.alloc(0));
  const buffer = Buffer.alloc(bodies.reduce((sum, body) => sum + frameBytes(body), 0));
  const ends: number[] = [];
  let end = 0;
  for (const [index, body] of bodies.entries()) ends.push((end = writeFrame(buffer, end, index + 1, 1_000 + index, body)));
  return { bytes: buffer.subarray(0, end), ends };
}

const record = fc.record({ text: fc.string({ maxLength: 200, unit: 'binary' }), n: fc.integer() }, { requiredKeys: [] });

test('reads back what was written', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(record, { minLength: 1, maxLength: 30 }), async (records) => {
      const { bytes } = written(records);
      const { frames, validEnd } = await scan(bytes);
      expect(validEnd).toBe(bytes.length);
      expect(frames.map((frame) => JSON.parse(frame.payload.toString('utf8')) as unknown)).toEqual(
        JSON.parse(JSON.stringify(records.map((value, index) => ({ sequence: index + 1, ...value })))),
      );
      expect(frames.map((frame) => frame.at)).toEqual(records.map((_, index) => 1_000 + index));
    }),
  );
});

test('a file cut anywhere gives every record that is whole', async () => {
  const { bytes, ends } = written([{ a: 1 }, {}, { text: 'x'.repeat(100) }, { b: '{"sequence":5}' }]);
  for (let cut = 0; cut <= bytes.length; cut++) {
    const { frames, validEnd } = await scan(bytes.subarray(0, cut));
    const whole = ends.filter((end) => end <= cut);
    expect(frames.length).toBe(whole.length);
    expect(validEnd).toBe(whole.at(-1) ?? 0);
  }
});

test('any flipped bit costs that one record', async () => {
  const { bytes, ends } = written([{ a: 1 }, { text: 'y'.repeat(20) }, { c: '{"sequence":9,' }]);
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const damaged = Buffer.from(bytes);
    damaged.writeUInt8(damaged.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
    const hit = ends.findIndex((end) => bit >> 3 < end) + 1;
    const { frames } = await scan(damaged);
    expect(frames.map((frame) => frame.sequence)).toEqual([1, 2, 3].filter((sequence) => sequence !== hit));
  }
});

test('frames larger than one read, and damage longer than one read', async () => {
  const big = Array.from({ length: 30 }, (_, index) => ({ text: String(index % 10).repeat(60_000) }));
  const { bytes, ends } = written(big);
  expect((await scan(bytes)).frames.length).toBe(30);
  const damaged = Buffer.from(bytes);
  damaged.fill(0xaa, 10, (ends[12] ?? 0) + 10);
  expect((await scan(damaged)).frames.map((frame) => frame.sequence)).toEqual(
    Array.from({ length: 16 }, (_, index) => index + 15),
  );
});

test('a record larger than the wire allows has no frame', () => {
  expect(frameBody({ text: 'x'.repeat(70_000) })).toBeNull();
});

test('a record of the largest kind is read in one piece, also behind damage', async () => {
  const bodies = [{ a: 1 }, { text: 'z'.repeat(3_000_000) }, { b: 2 }].map(
    (value) => frameBody(value, 4 * 1024 * 1024) as Buffer,
  );
  const buffer = Buffer.alloc(3_100_000);
  let end = 0;
  for (const [index, body] of bodies.entries()) end = writeFrame(buffer, end, index + 1, 1, body);
  const bytes = buffer.subarray(0, end);
  expect((await scan(bytes)).frames.map((frame) => frame.sequence)).toEqual([1, 2, 3]);
  bytes.fill(0xaa, 4, 20);
  expect((await scan(bytes)).frames.map((frame) => frame.sequence)).toEqual([2, 3]);
});
