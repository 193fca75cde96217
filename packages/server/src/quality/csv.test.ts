import { expect, it } from 'vitest';
import { csvLine } from './csv.ts';

it('quotes what needs quotes and keeps numbers as they are', () => {
  expect(csvLine(['a', 1, null, true, -2.5])).toBe('a,1,,true,-2.5\r\n');
  expect(csvLine(['a,b', 'say "x"', 'two\nlines'])).toBe('"a,b","say ""x""","two\nlines"\r\n');
});

it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1'])('makes the formula %j a text', (text) => {
  expect(csvLine([text])).toMatch(/^"?'/);
});
