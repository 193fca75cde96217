import type { ErrorBody } from '@watchpost/contracts/api/error-body';
import { APP_ERRORS, AppError } from '@watchpost/contracts/errors/app-error';
import type { Log } from '@watchpost/runtime/log/log';
import type { FastifyError, FastifyInstance } from 'fastify';

/** Turns whatever was thrown into an {@link ErrorBody}. What is not foreseen shows as `internal` and goes to the log. */
export function answerErrors(app: FastifyInstance, log: Log): void {
  app.setNotFoundHandler((request, reply) => {
    const error = new AppError('not-found');
    void reply.code(error.status).send(bodyOf(error, request.id));
  });
  app.setErrorHandler((error: FastifyError | AppError, request, reply) => {
    const appError = error instanceof AppError ? error : translated(error);
    const { status } = appError;
    if (isStorageError(error)) {
      log.error({ err: error, requestId: request.id }, 'the catalog cannot be written or read: is the disk full?');
    } else if (status >= 500 && appError.code !== 'unavailable') {
      log.error(
        { err: error, requestId: request.id, method: request.method, route: request.routeOptions.url },
        'a request failed',
      );
    }
    if (appError.retryAfterS !== null) reply.header('retry-after', String(appError.retryAfterS));
    else if (status === 503) reply.header('retry-after', '1');
    void reply.code(status).type('application/json; charset=utf-8').send(bodyOf(appError, request.id));
  });
}

/** Errors of Fastify itself and of the storage: a body that is no JSON, is too large, or of another type. */
export function translated(error: FastifyError): AppError {
  if (isStorageError(error)) return new AppError('unavailable', undefined, { cause: error, retryAfterS: 10 });
  if (error.statusCode === 413) return new AppError('too-large');
  if (error.statusCode === 429) return new AppError('too-many-requests');
  if (error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500) {
    return new AppError('bad-request', error.message.slice(0, 200), { cause: error });
  }
  return new AppError('internal', undefined, { cause: error });
}

/** What SQLite reports of the disk and of locks, and what the system reports of files (https://sqlite.org/rescode.html). */
const STORAGE_CODES = { busy: 5, locked: 6, readOnly: 8, ioError: 10, full: 13, cannotOpen: 14 } as const;
const SYSTEM_CODES = new Set(['ENOSPC', 'EDQUOT', 'EROFS', 'EIO', 'EMFILE', 'ENFILE']);

function isStorageError(error: Error): boolean {
  if ('errcode' in error && typeof error.errcode === 'number') {
    // The low byte is the primary code.
    return (Object.values(STORAGE_CODES) as number[]).includes(error.errcode & 0xff);
  }
  return 'code' in error && SYSTEM_CODES.has(String(error.code));
}

export function bodyOf(error: AppError, requestId: string): ErrorBody {
  // The detail of an error of the server itself may name files, addresses or SQL.
  const message = error.status >= 500 ? APP_ERRORS[error.code].text : error.message;
  return { code: error.code, message, issues: [...error.issues], requestId };
}
