import { promisify } from 'node:util';
import { zstdDecompress, zstdDecompressSync } from 'node:zlib';
import { AppError } from '@watchpost/contracts/errors/app-error';
import { WIRE_LIMITS } from '@watchpost/contracts/protocol';

const decompress = promisify(zstdDecompress);
/**
 * A few records are unpacked on the spot: another thread takes four times as long for them, most of it to begin. What a small
 * body grows to is seen only then: one that grows further goes to the other thread.
 */
const ON_THE_SPOT = { bodyBytes: 8 * 1024, decodedBytes: 64 * 1024 } as const;

/**
 * Undoes the content coding of a batch (`zstd` or none). Rejects with `too-large` when it grows past the limit, with
 * `bad-batch` when it cannot be undone.
 */
export async function decodeBody(body: Buffer, encoding: string | undefined): Promise<Buffer> {
  if (body.length > WIRE_LIMITS.batchBytes) throw new AppError('too-large');
  if (encoding === undefined || encoding === 'identity') return body;
  if (encoding !== 'zstd') throw new AppError('bad-batch', 'the content coding must be zstd');
  try {
    const decoded = body.length <= ON_THE_SPOT.bodyBytes ? decodeOnTheSpot(body) : null;
    return decoded ?? (await decompress(body, { maxOutputLength: WIRE_LIMITS.batchBytes }));
  } catch (error) {
    throw isTooLarge(error) ? new AppError('too-large') : new AppError('bad-batch', 'the zstd data is broken', { cause: error });
  }
}

/** Null: it grows too far. */
function decodeOnTheSpot(body: Buffer): Buffer | null {
  try {
    return zstdDecompressSync(body, { maxOutputLength: ON_THE_SPOT.decodedBytes });
  } catch (error) {
    if (isTooLarge(error)) return null;
    throw error;
  }
}

function isTooLarge(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';
}
