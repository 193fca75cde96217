import type { CommandLine } from '@watchpost/contracts/api/audit';
import { expect, test } from 'vitest';
import { sessionParts } from './session-parts.ts';

const line = (id: string, user: string | null, shellId: string | null) => ({ id, user, shellId }) as CommandLine;

test('a session is cut where user or shell change; a gap stays where it is', () => {
  const parts = sessionParts([
    line('1', 'ann', 'a'),
    line('gap', null, null),
    line('2', 'ann', 'a'),
    line('3', 'root', 'b'),
    line('4', 'ann', 'a'),
    line('5', 'ann', 'c'),
  ]);
  expect(parts.map(({ user, lines }) => [user, lines.map(({ id }) => id).join(' ')])).toEqual([
    ['ann', '1 gap 2'],
    ['root', '3'],
    ['ann', '4'],
    ['ann', '5'],
  ]);
  expect(sessionParts([])).toEqual([]);
});
