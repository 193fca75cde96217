import type { ServerResponse } from 'node:http';
import { AppError } from '@watchpost/contracts/errors/app-error';

/** Exports that run at the same time; each reads a long range from the store. */
const RUNNING_LIMIT = 8;

/** Counts an export until its answer is over, read to the end or not. Throws `unavailable` when too many run. */
export type ExportLimit = (response: ServerResponse) => void;

export function createExportLimit(limit = RUNNING_LIMIT): ExportLimit {
  let running = 0;
  return (response) => {
    if (running >= limit) throw new AppError('unavailable', undefined, { retryAfterS: 5 });
    running += 1;
    response.once('close', () => {
      running -= 1;
    });
  };
}
