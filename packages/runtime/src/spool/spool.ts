import { AppError } from '@watchpost/contracts/errors/app-error';
import type { Spool, SpoolOptions } from './spool-types.ts';

export type { Batch, Gap, ReadLimits, Spool, SpoolOptions, SpoolStats } from './spool-types.ts';

export async function openSpool(options: SpoolOptions): Promise<Spool> {
  throw new AppError('spool-failed', options.dir);
}
