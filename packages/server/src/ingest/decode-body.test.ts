import { zstdCompressSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { WIRE_LIMITS } from '@watchpost/contracts/protocol';
import { decodeBody } from './decode-body.ts';

test.each([1, 1_000, 64 * 1024, 64 * 1024 + 1, 1024 * 1024])('a body that grows to %d bytes is what it was', async (bytes) => {
  const plain = Buffer.alloc(bytes, 'watchpost ');
  expect((await decodeBody(zstdCompressSync(plain), 'zstd')).equals(plain)).toBe(true);
});

test('a small body that grows past the limit is too large; one that is cut is a bad batch', async () => {
  const bomb = zstdCompressSync(Buffer.alloc(WIRE_LIMITS.batchBytes + 1));
  await expect(decodeBody(bomb, 'zstd')).rejects.toMatchObject({ code: 'too-large' });
  await expect(decodeBody(Buffer.from('no zstd'), 'zstd')).rejects.toMatchObject({ code: 'bad-batch' });
});
