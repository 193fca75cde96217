import { createHash, createPrivateKey, generateKeyPairSync, type KeyObject, randomBytes, timingSafeEqual } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AppError } from '@watchpost/contracts/errors/app-error';

const SECRET_CHARACTERS = 32;

/** 256 random bits as base64url: fit for keys and tokens, and so hard to guess that one SHA-256 is enough to keep them. */
export function newSecret(): string {
  return randomBytes(32).toString('base64url');
}

export function hashSecret(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

/** Compares in a time that does not depend on the contents. */
export function isSameHash(a: string, b: string): boolean {
  const left = Buffer.from(a);
  const right = Buffer.from(b);
  return left.length === right.length && timingSafeEqual(left, right);
}

/** The secret that signs session cookies, made at the first start (mode 0600). Throws `bad-config` when it is too short. */
export function readSessionSecret(dir: string): string {
  const file = join(dir, 'session-secret');
  const secret = readOrMake(file, newSecret);
  if (secret.length >= SECRET_CHARACTERS) return secret;
  const rule = `must hold ${SECRET_CHARACTERS} characters at least; remove it and everybody signs in again`;
  throw new AppError('bad-config', `${file} ${rule}`, { issues: [{ field: '(file)', value: file, rule }] });
}

/** Key of the tokens of masked secrets, base64, the same for all hosts. Whoever has it can test guesses of a secret. */
export function readRedactionKey(dir: string): string {
  return readOrMake(join(dir, 'redaction-key'), () => randomBytes(32).toString('base64'));
}

/** Key that signs the checkpoints of the command audit: Ed25519, PKCS #8 as PEM. */
export function readCheckpointKey(dir: string): KeyObject {
  const file = join(dir, 'checkpoint-key.pem');
  const pem = readOrMake(file, () => generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }));
  try {
    return createPrivateKey(pem);
  } catch (cause) {
    const rule = 'must be an Ed25519 key in PEM; put the old one back, or move it away and a new one is made';
    throw new AppError('bad-config', `${file} ${rule}`, { cause, issues: [{ field: '(file)', value: file, rule }] });
  }
}

function readOrMake(file: string, make: () => string): string {
  if (!existsSync(file)) {
    // Under another name first: a power cut must not leave an empty secret behind.
    writeFileSync(`${file}.new`, make(), { mode: 0o600, flush: true });
    renameSync(`${file}.new`, file);
  }
  return readFileSync(file, 'utf8').trim();
}
