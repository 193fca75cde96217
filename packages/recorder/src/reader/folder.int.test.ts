import { mkdirSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createTempDir } from '@watchpost/testkit/temp-dir';
import { expect, test } from 'vitest';
import { createFolder } from './folder.ts';

test('names are read when the folder changed, when they are demanded, and while a change cannot be told from the one before', async () => {
  await using dir = await createTempDir();
  const folder = createFolder(dir.path);
  writeFileSync(join(dir.path, 'a'), '');
  expect(folder.changedNames(false)).toEqual(['a']);
  // The folder has just changed: one more change could have the same time.
  expect(folder.changedNames(false)).toEqual(['a']);
  utimesSync(dir.path, 1_000, 1_000);
  expect(folder.changedNames(false)).toEqual(['a']);
  expect(folder.changedNames(false)).toBe(null);
  expect(folder.changedNames(true)).toEqual(['a']);
  rmSync(join(dir.path, 'a'));
  expect(folder.changedNames(false)).toEqual([]);
});

test('a folder that comes, goes, and is replaced', async () => {
  await using dir = await createTempDir();
  const path = join(dir.path, 'spool');
  const folder = createFolder(path);
  expect([folder.isReplaced(), folder.changedNames(false)]).toEqual([false, null]);
  mkdirSync(path);
  expect([folder.isReplaced(), folder.changedNames(false)]).toEqual([false, []]);
  renameSync(path, join(dir.path, 'old'));
  mkdirSync(path);
  writeFileSync(join(path, 'b'), '');
  expect([folder.isReplaced(), folder.changedNames(false)]).toEqual([true, ['b']]);
  expect(folder.isReplaced()).toBe(false);
});
