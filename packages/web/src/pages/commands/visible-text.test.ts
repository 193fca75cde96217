import { expect, test } from 'vitest';
import { typedText, visibleParts } from './visible-text.ts';

const seen = (text: string) =>
  visibleParts(text)
    .map((part) => (part.isSign ? `[${part.text}]` : part.text))
    .join('');

test('what would act on the page or on a terminal is shown as a sign', () => {
  expect(seen('ls \u001b[31m')).toBe('ls [^[][31m');
  expect(seen('rm \u202etxt.exe')).toBe('rm [<U+202E>]txt.exe');
  expect(seen('a\u200bb\u0000\u007f')).toBe('a[<U+200B>]b[^@][^?]');
  expect(seen('<script>alert("x")</script>')).toBe('<script>alert("x")</script>');
  expect(seen('two\nlines\tand 中文')).toBe('two\nlines\tand 中文');
  expect(seen('')).toBe('');
});

test('a masked secret is a part of its own, whatever the record says of its place', () => {
  const mask = (at: number, length: number, token: string) => ({ rule: 'r', at, length, token });
  const parts = visibleParts('mysql -p*** \u001b', [mask(99, 1, 'outside'), mask(8, 3, 'a'), mask(9, 9, 'overlaps')]);
  expect(parts).toEqual([
    { text: 'mysql -p', isSign: false },
    { text: '***', isSign: false, token: 'a' },
    { text: ' ', isSign: false },
    { text: '^[', isSign: true },
  ]);
  expect(visibleParts('ab', [mask(1, 9, 'cut')]).at(-1)).toEqual({ text: 'b', isSign: false, token: 'cut' });
});

test('bytes that are no text are shown one by one', () => {
  expect(typedText({ text: null, textBase64: btoa('echo \xff') })).toBe('echo \xff');
  expect(typedText({ text: null, textBase64: null })).toBe('');
});
