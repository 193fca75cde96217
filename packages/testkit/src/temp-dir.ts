import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder of a test's own. `await using dir = await createTempDir()` removes it at the end of the block. */
export type TempDir = AsyncDisposable & { readonly path: string; readonly remove: () => Promise<void> };

/** Makes an empty folder below the system's temporary folder. */
export async function createTempDir(name = 'test'): Promise<TempDir> {
  const path = await mkdtemp(join(tmpdir(), `watchpost-${name}-`));
  const remove = () => rm(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
  return { path, remove, [Symbol.asyncDispose]: remove };
}
