import { readFileSync, statSync } from 'node:fs';
import { Server } from 'node:https';
import { setTimeout as wait } from 'node:timers/promises';
import { createSecureContext } from 'node:tls';
import { AppError } from '@watchpost/contracts/errors/app-error';
import type { Log } from '@watchpost/runtime/log/log';
import type { FastifyInstance } from 'fastify';
import type { ServerConfig } from '../config.ts';

const LOOK_EVERY_MS = 60_000;

type TlsFiles = Pick<ServerConfig, 'tlsCertFile' | 'tlsKeyFile'>;
export type Certificate = { readonly cert: string; readonly key: string };

/** The certificate to serve with; null: plain HTTP. Throws AppError `bad-config` when the files cannot be used. */
export function readCertificate({ tlsCertFile, tlsKeyFile }: TlsFiles): Certificate | null {
  if (tlsCertFile === null && tlsKeyFile === null) return null;
  if (tlsCertFile === null || tlsKeyFile === null) {
    const field = tlsCertFile === null ? 'tlsCertFile' : 'tlsKeyFile';
    const issues = [{ field, value: '(missing)', rule: 'must be given with the other one' }];
    throw new AppError('bad-config', 'tlsCertFile and tlsKeyFile belong together', { issues });
  }
  const pem = (field: string, file: string) => {
    try {
      return readFileSync(file, 'utf8');
    } catch (error) {
      throw unusable(field, file, error);
    }
  };
  const pair = { cert: pem('tlsCertFile', tlsCertFile), key: pem('tlsKeyFile', tlsKeyFile) };
  try {
    createSecureContext(pair);
  } catch (error) {
    throw unusable('tlsCertFile', tlsCertFile, error);
  }
  return pair;
}

function unusable(field: string, file: string, cause: unknown): AppError {
  const rule = `must be a PEM file that fits the other one (${cause instanceof Error ? cause.message : String(cause)})`;
  return new AppError('bad-config', undefined, { cause, issues: [{ field, value: file, rule }] });
}

/**
 * Serves with a renewed certificate from then on, without a restart: the files are looked at every minute. A pair that
 * does not fit (one of the two is written already, or is broken) is left alone until it does.
 */
export function followCertificate(
  app: FastifyInstance,
  files: TlsFiles,
  parts: { readonly log: Log; readonly signal: AbortSignal },
): { readonly look: () => void; readonly done: Promise<void> } {
  const { log, signal } = parts;
  const stamp = () => [files.tlsCertFile, files.tlsKeyFile].map((file) => stampOf(file)).join(' ');
  let seen = stamp();
  const look = () => {
    const found = stamp();
    if (found === seen || !(app.server instanceof Server)) return;
    try {
      const pair = readCertificate(files);
      if (pair === null) return;
      app.server.setSecureContext(pair);
      seen = found;
      log.info({ file: files.tlsCertFile }, 'the renewed certificate is served from now on');
    } catch (error) {
      log.error({ err: error, file: files.tlsCertFile }, 'the renewed certificate cannot be used: the old one stays');
    }
  };
  const follow = async () => {
    while (!signal.aborted) {
      await wait(LOOK_EVERY_MS, undefined, { signal, ref: false }).catch(() => undefined);
      if (!signal.aborted) look();
    }
  };
  return { look, done: files.tlsCertFile === null ? Promise.resolve() : follow() };
}

function stampOf(file: string | null): string {
  if (file === null) return '';
  try {
    const { mtimeMs, size, ino } = statSync(file);
    return `${mtimeMs}-${size}-${ino}`;
  } catch {
    return 'missing';
  }
}
