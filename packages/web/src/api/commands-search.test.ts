import { expect, test } from 'vitest';
import { changeSearch, commandsQuery, parseCommandsSearch, searchOfText, searchText, searchWords } from './commands-search.ts';

test('a search from the address: numbers are texts, what makes no sense goes', () => {
  expect(parseCommandsSearch({ q: 123, exit: 3, user: ' ', hosts: 'a,b', range: 'aeon', other: 'x' })).toEqual({
    q: '123',
    exit: '3',
    hosts: 'a,b',
  });
  expect(parseCommandsSearch({ from: '1000', to: 200_000 })).toEqual({ from: 1000, to: 200_000 });
});

test('the search as the API has it', () => {
  expect(commandsQuery({ range: '3h', user: 'ann, bob', shell: 'zsh', session: 's1', q: 'rm -rf' }, 20_000_000)).toBe(
    '?q=rm+-rf&from=9200000&users=ann%2Cbob&shells=zsh&sessionId=s1',
  );
  expect(commandsQuery({ from: 1, to: 99_999 }, 0, { cursor: 'c' })).toBe('?from=1&to=99999&cursor=c');
});

test('a change keeps the rest, and a range takes the place of the one before', () => {
  expect(changeSearch({ q: 'a', from: 1, to: 99_999 }, { range: 'day' })).toEqual({ q: 'a', range: 'day' });
  expect(changeSearch({ q: 'a', from: 1, to: 99_999 }, { q: '', exit: 'failed' })).toEqual({
    from: 1,
    to: 99_999,
    exit: 'failed',
  });
});

test('what was saved is the same search again', () => {
  const search = { q: '"a b" c&d=é', from: 1, to: 99_999, hosts: 'a,b' };
  expect(searchOfText(searchText(search))).toEqual(search);
  expect(searchWords('"a b" c')).toEqual(['a b', 'c']);
});
