import type { ErrorBody } from '@watchpost/contracts/api/error-body';
import { noteAnswer } from './reachability.ts';

/** Longest wait for an answer. */
const REQUEST_TIMEOUT_MS = 30_000;

/** An answer of the API that is not a success, or no answer at all (`offline`, status 0). */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  readonly body: ErrorBody;

  constructor(status: number, body: ErrorBody) {
    super(body.message);
    this.status = status;
    this.body = body;
  }
}

const isErrorBody = (value: unknown): value is ErrorBody =>
  typeof value === 'object' && value !== null && 'code' in value && 'message' in value && 'issues' in value;

type Body = Readonly<Record<string, unknown>> | undefined;

async function request<T>(method: string, path: string, body: Body, signal?: AbortSignal): Promise<T> {
  const limit = AbortSignal.timeout(REQUEST_TIMEOUT_MS);
  let response: Response;
  try {
    response = await fetch(`/api/v1${path}`, {
      method,
      credentials: 'same-origin',
      signal: signal === undefined ? limit : AbortSignal.any([signal, limit]),
      ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    });
  } catch (error) {
    if (signal?.aborted === true) throw error;
    noteAnswer(0);
    throw new ApiError(0, { code: 'offline', message: 'The server cannot be reached', issues: [], requestId: '' });
  }
  noteAnswer(response.status);
  const text = await response.text();
  let value: unknown = null;
  try {
    value = text === '' ? null : JSON.parse(text);
  } catch {
    value = null;
  }
  if (response.ok) return value as T;
  const known = isErrorBody(value)
    ? value
    : { code: 'internal', message: `${response.status} ${response.statusText}`, issues: [], requestId: '' };
  throw new ApiError(response.status, known);
}

/** The documented API, under `/api/v1`. Rejects with {@link ApiError}. */
export const api = {
  get: <T>(path: string, signal?: AbortSignal): Promise<T> => request<T>('GET', path, undefined, signal),
  post: <T>(path: string, body: Body = {}): Promise<T> => request<T>('POST', path, body),
  put: <T>(path: string, body: Body): Promise<T> => request<T>('PUT', path, body),
  patch: <T>(path: string, body: Body): Promise<T> => request<T>('PATCH', path, body),
  remove: <T>(path: string): Promise<T> => request<T>('DELETE', path, undefined),
};

/** `?a=1&b=2` of what is not empty. */
export function queryString(values: Readonly<Record<string, string | number | undefined>>): string {
  const entries = Object.entries(values).filter(
    (entry): entry is [string, string | number] => entry[1] !== undefined && entry[1] !== '',
  );
  return entries.length === 0 ? '' : `?${new URLSearchParams(entries.map(([key, value]) => [key, String(value)])).toString()}`;
}
