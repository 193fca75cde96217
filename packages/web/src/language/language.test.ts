import { expect, test } from 'vitest';
import { en } from './en.ts';
import { zh } from './zh.ts';

const flat = (texts: object, prefix = ''): [string, string][] =>
  Object.entries(texts).flatMap(([key, value]): [string, string][] =>
    typeof value === 'string' ? [[prefix + key, value]] : flat(value as object, `${prefix}${key}.`),
  );

const places = (text: string): string[] => [...text.matchAll(/\{\{(\w+)\}\}/g)].map((match) => match[1]!).toSorted();

test('English and 中文 have the same keys, in the same order', () => {
  expect(flat(zh).map(([key]) => key)).toEqual(flat(en).map(([key]) => key));
});

test('no text is empty, and both languages fill in the same', () => {
  const chinese = new Map(flat(zh));
  for (const [key, text] of flat(en)) {
    expect(text.trim(), key).not.toBe('');
    expect(chinese.get(key)?.trim(), key).not.toBe('');
    expect(places(chinese.get(key) ?? ''), key).toEqual(places(text));
  }
});
