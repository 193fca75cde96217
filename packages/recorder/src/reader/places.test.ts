import { expect, test } from 'vitest';
import { createPlaces } from './places.ts';
import { parseFileName, type SpoolFile, type SpoolFileName } from './spool-file.ts';

const LIMITS = { files: 10, filesOfUser: 6, kept: 3, few: 2, unbelieved: 4 };

function nameOf(inode: number): SpoolFileName {
  const name = parseFileName(`b.1.2.3.${inode}`);
  if (name === null) throw new Error('no name of a spool file');
  return name;
}
/** What places look at. */
const fileOf = (inode: number, ownerUid: number) => ({ ...nameOf(inode), inode, ownerUid }) as SpoolFile;

test('some users who take all they can leave room for others', () => {
  const places = createPlaces(LIMITS);
  let taken = 0;
  const fill = (ownerUid: number): string | null => {
    for (let inode = ownerUid * 100; ; inode += 1) {
      const file = fileOf(inode, ownerUid);
      const why = places.whyNot(file);
      if (why !== null) return why;
      places.take(file);
      taken += 1;
    }
  };
  expect(fill(1)).toBe('many');
  expect(taken).toBe(LIMITS.filesOfUser);
  // The others get as many as are few, and no more, until all is taken.
  expect([fill(2), fill(3)]).toEqual(['full', 'full']);
  expect(taken).toBe(LIMITS.files);
  expect(fill(4)).toBe('full');
  places.leave(fileOf(100, 1));
  expect(places.whyNot(fileOf(999, 1))).toBe('full');
  expect(places.whyNot(fileOf(999, 4))).toBe(null);
});

test('who waits for a place is told of once, and has another try when one is free', () => {
  const places = createPlaces({ ...LIMITS, files: 1, kept: 0 });
  const first = fileOf(1, 1);
  places.take(first);
  const waiting = nameOf(2);
  expect(places.refuse(waiting, 2, 'full')).toMatchObject({ why: 'full', ownerUid: 2 });
  expect(places.refuse(waiting, 2, 'full')).toBe(null);
  const there = new Set([first.name, waiting.name]);
  places.keep(there);
  expect([places.isRefused(waiting.name), places.hasWaiting()]).toEqual([true, true]);
  places.leave(first);
  places.keep(there);
  expect([places.isRefused(waiting.name), places.hasWaiting()]).toEqual([false, false]);
});

test('of one user so many names are told of, and a name that is gone counts no more', () => {
  const places = createPlaces(LIMITS);
  const told = Array.from({ length: 6 }, (_, index) => places.refuse(nameOf(index), 1, 'link')?.why);
  expect(told).toEqual(['link', 'link', 'link', 'many', undefined, undefined]);
  places.keep(new Set(['b.1.2.3.0', 'b.1.2.3.1', 'b.1.2.3.2']));
  expect(places.refuse(nameOf(9), 1, 'link')?.why).toBe('many');
});
