import { globSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

type Manifest = Readonly<Record<'dependencies' | 'devDependencies' | 'optionalDependencies', Record<string, string> | undefined>>;

const manifests = ['package.json', ...globSync('packages/*/package.json')].map(
  (path) => JSON.parse(readFileSync(path, 'utf8')) as Manifest,
);
const used = manifests
  .flatMap(({ dependencies, devDependencies, optionalDependencies }) =>
    Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies }),
  )
  .filter(([name]) => !name.startsWith('@watchpost/'));

it('docs/dependencies.md names every dependency and no other', () => {
  const rows = readFileSync('docs/dependencies.md', 'utf8').match(/^\| `.*?\|/gm) ?? [];
  const named = rows.flatMap((row) => [...row.matchAll(/`([^`]+)`/g)].map(([, name]) => name));
  expect(new Set(named)).toEqual(new Set(used.map(([name]) => name)));
});

it('every version is exact', () => {
  expect(used.filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))).toEqual([]);
});
