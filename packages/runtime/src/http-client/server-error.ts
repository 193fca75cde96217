import { APP_ERRORS, AppError, type AppErrorCode } from '@watchpost/contracts/errors/app-error';
import { errorBodySchema } from '@watchpost/contracts/api/error-body';
import type { ServerAnswer } from './server-connection.ts';

/** The error that an answer of the server states in Watchpost's own form; null when it is something else's answer. */
export function statedError(answer: ServerAnswer): { readonly code: AppErrorCode; readonly message: string } | null {
  const body = errorBodySchema.safeParse(parseJson(answer.body));
  if (!body.success || !Object.hasOwn(APP_ERRORS, body.data.code)) return null;
  return { code: body.data.code as AppErrorCode, message: body.data.message };
}

/** Turns an answer that is not a success into the AppError a caller can act on. */
export function answerError(answer: ServerAnswer): AppError {
  const body = errorBodySchema.safeParse(parseJson(answer.body));
  const wait = retryAfterMs(answer);
  const options = wait === null ? {} : { retryAfterS: wait / 1_000 };
  if (body.success && Object.hasOwn(APP_ERRORS, body.data.code)) {
    return new AppError(body.data.code as AppErrorCode, `the server says: ${body.data.message}`, {
      issues: body.data.issues,
      ...options,
    });
  }
  return new AppError('unavailable', `the server answered with status ${answer.status}`, options);
}

/** Reads `Retry-After` (seconds or a date, RFC 9110 §10.2.3) as ms from now; null when there is none. */
export function retryAfterMs(answer: Pick<ServerAnswer, 'headers'>, nowMs: number = Date.now()): number | null {
  const value = answer.headers['retry-after'];
  if (value === undefined) return null;
  if (/^\d{1,9}$/.test(value.trim())) return Number(value) * 1_000;
  const at = Date.parse(value);
  return Number.isNaN(at) ? null : Math.max(at - nowMs, 0);
}

/** Parses JSON; undefined when it is none. */
export function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8')) as unknown;
  } catch {
    return undefined;
  }
}
