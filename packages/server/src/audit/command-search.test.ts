import { expect, test } from 'vitest';
import { wordsOf } from './command-search.ts';

test('words, phrases and whole words of a search', () => {
  expect(wordsOf('rm  "-rf /srv" =kubectl =重启 =a-b =')).toEqual({
    words: ['rm', '-rf /srv', '=a-b', '='],
    exactWords: ['kubectl', '重启'],
  });
  expect(wordsOf('')).toEqual({ words: [], exactWords: [] });
});
