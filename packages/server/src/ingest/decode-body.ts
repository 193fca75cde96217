import { promisify } from 'node:util';
import { zstdDecompress } from 'node:zlib';
import { AppError } from '@watchpost/contracts/errors/app-error';
import { WIRE_LIMITS } from '@watchpost/contracts/protocol';

const decompress = promisify(zstdDecompress);

/**
 * Undoes the content coding of a batch (`zstd` or none). Rejects with `too-large` when it grows past the limit, with
 * `bad-batch` when it cannot be undone.
 */
export async function decodeBody(body: Buffer, encoding: string | undefined): Promise<Buffer> {
  if (body.length > WIRE_LIMITS.batchBytes) throw new AppError('too-large');
  if (encoding === undefined || encoding === 'identity') return body;
  if (encoding !== 'zstd') throw new AppError('bad-batch', 'the content coding must be zstd');
  try {
    return await decompress(body, { maxOutputLength: WIRE_LIMITS.batchBytes });
  } catch (error) {
    const isTooLarge = error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';
    throw isTooLarge ? new AppError('too-large') : new AppError('bad-batch', 'the zstd data is broken', { cause: error });
  }
}
