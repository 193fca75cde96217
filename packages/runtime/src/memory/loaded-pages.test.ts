import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { dropLoadedPages } from './loaded-pages.ts';

/** Of the read-only mappings of the program, kB. */
function residentKb(): number {
  let [isOurs, sum] = [false, 0];
  for (const line of readFileSync('/proc/self/smaps', 'utf8').split('\n')) {
    if (/^[0-9a-f]+-/.test(line)) isOurs = / r-[x-]p /.test(line) && line.endsWith(process.execPath);
    else if (isOurs && line.startsWith('Rss:')) sum += Number.parseInt(line.slice(4), 10);
  }
  return sum;
}

test('pages that only the start has read are given back, and the program runs on', () => {
  const before = residentKb();
  dropLoadedPages(process.execPath);
  expect(residentKb()).toBeLessThan(before / 2);
  expect(JSON.parse('{"a":[1]}')).toEqual({ a: [1] });
});

test('a file that is not loaded changes nothing', () => {
  expect(() => dropLoadedPages('/nowhere/libnone.so')).not.toThrow();
});
