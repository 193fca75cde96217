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
    const columns = await engine.columns(`${SQL} SETTINGS max_block_size = 7`, { count });
    const rows = await engine.rows<Record<string, unknown>>(SQL, { count });
    expect(columns.rows).toBe(count);
    for (const name of ['n', 'small', 'two', 'four', 'eight']) {
      expect([...columns.numbers(name)]).toEqual(rows.map((row) => row[name]));
    }
    for (const name of ['word', 'seldom']) expect(columns.texts(name)).toEqual(rows.map((row) => row[name]));
    const { ends, values } = columns.lists('list');
    expect(rows.map((_, row) => [...values.subarray(row === 0 ? 0 : ends[row - 1], ends[row])])).toEqual(
      rows.map((row) => row['list']),
    );
    return columns;
  };
  await read(1_000);
  await read(0);
  const columns = await read(1);
  expect(() => columns.numbers('none')).toThrow('no such column: none');
  expect(() => columns.texts('n')).toThrow('no such column: n');
  await expect(engine.columns("SELECT toDate('2026-01-01') AS day")).rejects.toMatchObject({ code: 'unavailable' });
  await expect(engine.columns('SELECT nothing')).rejects.toMatchObject({ code: 'internal' });
}, 60_000);

test('an answer that was cut is refused', () => {
  // One column `n` of UInt32, two rows.
  const whole = Buffer.from([1, 2, 1, 0x6e, 6, ...Buffer.from('UInt32'), 7, 0, 0, 0, 0, 1, 0, 0]);
  expect([...readNative(whole).numbers('n')]).toEqual([7, 256]);
  for (let length = 1; length < whole.length; length += 1) expect(() => readNative(whole.subarray(0, length))).toThrow('was cut');
});
