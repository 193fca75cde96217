/**
 * Main module of the engine's own process: serves ClickHouse out of libchdb until its standard input closes.
 * `LIBCHDB` names the library; the arguments are those of `clickhouse local`. The call blocks this process by design.
 */
import ffi from 'node:ffi';
import { dropLoadedPages } from '@watchpost/runtime/memory/loaded-pages';
import { serveQueries } from './serve-queries.ts';

const library = process.env['LIBCHDB'];
if (library === undefined) throw new Error('LIBCHDB must name the library of the engine');
const { functions } = ffi.dlopen(library, {
  chdb_query_cmdline: { arguments: ['int32', 'pointer'], return: 'pointer' },
  chdb_result_error: { arguments: ['pointer'], return: 'pointer' },
});
for (const file of [library, process.execPath]) dropLoadedPages(file);
const words = ['clickhouse', ...process.argv.slice(2), '--query', serveQueries].map((word) => Buffer.from(`${word}\0`));
const pointers = new BigUint64Array(words.length + 1);
words.forEach((word, index) => {
  pointers[index] = ffi.getRawPointer(word);
});
const answer = functions.chdb_query_cmdline(words.length, ffi.getRawPointer(Buffer.from(pointers.buffer)));
const error = functions.chdb_result_error(answer);
if (error !== 0n) {
  console.error(ffi.toString(error));
  process.exit(2);
}
process.exit(0);
