import { createLog } from '@watchpost/runtime/log/log';
import { createTempDir } from '@watchpost/testkit/temp-dir';
import { expect, test } from 'vitest';
import { openEngine } from './engine.ts';
import { readNative } from './native-columns.ts';

const SQL = `SELECT number AS n, toUInt8(number % 251) AS small, toUInt16(number * 3) AS two, toUInt32(number * 70000) AS four,
  number * 1000000000000 AS eight, repeat('é', number % 90) AS word, CAST(toLowCardinality(toString(number % 3)) AS String) AS seldom,
  arrayMap(x -> toUInt16(x + number), range(number % 5)) AS list FROM numbers({count:UInt32}) ORDER BY n`;

test('columns are what rows are, over many blocks', async () => {
  await using dir = await createTempDir('native');
  const engine = await openEngine({ dir: dir.path, log: createLog({ name: 'test', level: 'silent' }) });
  await using _ = { [Symbol.asyncDispose]: () => engine.close() };
  const read = async (count: number) => {
    const rows = await engine.rows<Record<string, unknown>>(SQL, { count });
    await engine.columns(`${SQL} SETTINGS max_block_size = 7`, { count }, (columns) => {
      expect(columns.rows).toBe(count);
      for (const name of ['n', 'small', 'two', 'four', 'eight']) {
        expect([...columns.numbers(name)]).toEqual(rows.map((row) => row[name]));
      }
      for (const name of ['word', 'seldom']) expect(columns.texts(name)).toEqual(rows.map((row) => row[name]));
      const { ends, values } = columns.lists('list');
      expect(rows.map((_, row) => [...values.subarray(row === 0 ? 0 : ends[row - 1], ends[row])])).toEqual(
        rows.map((row) => row['list']),
      );
    });
  };
  await read(1_000);
  await read(0);
  await read(1);
  await engine.columns(SQL, { count: 1 }, (columns) => {
    expect(() => columns.numbers('none')).toThrow('no such column: none');
    expect(() => columns.texts('n')).toThrow('no such column: n');
  });
  const nothing = () => null;
  await expect(engine.columns("SELECT toDate('2026-01-01') AS day", {}, nothing)).rejects.toMatchObject({ code: 'unavailable' });
  await expect(engine.columns('SELECT nothing', {}, nothing)).rejects.toMatchObject({ code: 'internal' });
  // More than the memory that answers take in turns.
  const numbers = 'SELECT number AS n, number + 1 AS next FROM numbers({count:UInt32})';
  const sums = await engine.columns(numbers, { count: 600_000 }, (columns) =>
    ['n', 'next'].map((name) => columns.numbers(name).reduce((sum, value) => sum + value, 0)),
  );
  expect(sums).toEqual([179_999_700_000, 180_000_300_000]);
});

test('an answer that was cut is refused', () => {
  // One column `n` of UInt32, two rows.
  const whole = Buffer.from([1, 2, 1, 0x6e, 6, ...Buffer.from('UInt32'), 7, 0, 0, 0, 0, 1, 0, 0]);
  const read = (chunks: readonly Buffer[]) => readNative(chunks, (columns) => [...columns.numbers('n')]);
  expect(read([whole])).toEqual([7, 256]);
  expect(read([whole.subarray(0, 5), whole.subarray(5)])).toEqual([7, 256]);
  for (let length = 1; length < whole.length; length += 1) expect(() => read([whole.subarray(0, length)])).toThrow('was cut');
});
