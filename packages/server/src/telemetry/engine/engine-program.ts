import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AppError } from '@watchpost/contracts/errors/app-error';
import { serveQueries } from './serve-queries.ts';

/** How a private engine is started. `args` come before those that name the folder and the configuration. */
export type EngineProgram = {
  readonly kind: 'clickhouse' | 'libchdb';
  readonly command: string;
  readonly before: readonly string[];
  readonly after: readonly string[];
  readonly env: Readonly<Record<string, string>>;
};

/** Packages from npm that bring the engine as a library, by platform. */
const LIBRARIES: Readonly<Record<string, string>> = {
  'linux-x64': '@chdb/lib-linux-x64-gnu',
  'linux-arm64': '@chdb/lib-linux-arm64-gnu',
  'darwin-arm64': '@chdb/lib-darwin-arm64',
  'darwin-x64': '@chdb/lib-darwin-x64',
};

/**
 * The allocator of the library keeps what was freed for five seconds, and without a thread of its own only looks when somebody
 * allocates: 60 to 90 MB after each merge and each rollup. This gives it back at once, for the same processor time.
 */
const ALLOCATOR = 'background_thread:true,dirty_decay_ms:200,muzzy_decay_ms:0';

/** Finds an engine: `clickhouse` on PATH, else the library from npm. Rejects with `engine-failed` when there is none. */
export async function findEngineProgram(path = process.env['PATH'] ?? ''): Promise<EngineProgram> {
  const binary = await onPath('clickhouse', path);
  if (binary !== null) {
    return { kind: 'clickhouse', command: binary, before: ['local'], after: ['--query', serveQueries], env: {} };
  }
  const platform = `${process.platform}-${process.arch}`;
  const library = libraryOf(platform);
  if (library === null) {
    throw new AppError(
      'engine-failed',
      `there is no embedded ClickHouse for ${platform} here; put a "clickhouse" program on PATH, or give the address of a ClickHouse server as clickhouseUrl`,
    );
  }
  return {
    kind: 'libchdb',
    command: process.execPath,
    before: [
      '--experimental-ffi',
      '--disable-warning=ExperimentalWarning',
      fileURLToPath(new URL('libchdb-main.ts', import.meta.url)),
    ],
    after: [],
    env: { LIBCHDB: library, JE_MALLOC_CONF: ALLOCATOR },
  };
}

async function onPath(name: string, path: string): Promise<string | null> {
  for (const folder of path.split(delimiter).filter((part) => part !== '')) {
    const file = join(folder, name);
    const isThere = await access(file, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isThere) return file;
  }
  return null;
}

function libraryOf(platform: string): string | null {
  const name = LIBRARIES[platform];
  if (name === undefined) return null;
  try {
    return join(dirname(createRequire(import.meta.url).resolve(`${name}/package.json`)), 'libchdb.so');
  } catch {
    return null;
  }
}
