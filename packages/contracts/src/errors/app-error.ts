/** Every operating error a client can see: stable code, HTTP status and a constant sentence. */
export const APP_ERRORS = {
  'bad-request': { status: 400, text: 'The request is not valid' },
  'bad-batch': { status: 400, text: 'The batch cannot be read' },
  unauthenticated: { status: 401, text: 'Sign in, or give a valid key' },
  'bad-credentials': { status: 401, text: 'The e-mail address or the password is wrong' },
  'agent-revoked': { status: 401, text: 'This agent is not known here, or was revoked' },
  'bad-enrolment-token': { status: 401, text: 'The enrolment token is not valid, was used, or is too old' },
  forbidden: { status: 403, text: 'Your role does not allow this' },
  'cross-origin': { status: 403, text: 'The request came from another site' },
  'not-found': { status: 404, text: 'There is no such thing' },
  conflict: { status: 409, text: 'It exists already, or was changed in between' },
  'read-only': { status: 409, text: 'It comes from the configuration file and is changed there' },
  'too-large': { status: 413, text: 'The request is larger than the limit' },
  'unsupported-protocol': { status: 426, text: 'The server does not serve this protocol version' },
  'too-many-requests': { status: 429, text: 'Too many requests: wait and try again' },
  unavailable: { status: 503, text: 'The server cannot take this now: wait and try again' },
  'bad-config': { status: 500, text: 'The configuration is not valid' },
  'spool-failed': { status: 500, text: 'The spool cannot be written' },
  'engine-failed': { status: 500, text: 'The storage engine does not run' },
  internal: { status: 500, text: 'Something went wrong in the server' },
} as const satisfies Readonly<Record<string, { readonly status: number; readonly text: string }>>;

export type AppErrorCode = keyof typeof APP_ERRORS;

/** One thing that is wrong with an input: which field, which value (shortened), which rule it breaks. */
export type FieldIssue = { readonly field: string; readonly value: string; readonly rule: string };

/** An operating error: something went wrong that the program foresaw and a person or a peer can act on. */
export class AppError extends Error {
  override readonly name = 'AppError';
  readonly code: AppErrorCode;
  readonly issues: readonly FieldIssue[];
  readonly retryAfterS: number | null;

  constructor(
    code: AppErrorCode,
    detail?: string,
    options: { readonly cause?: unknown; readonly issues?: readonly FieldIssue[]; readonly retryAfterS?: number } = {},
  ) {
    const text = APP_ERRORS[code].text;
    super(detail === undefined ? text : `${text}: ${detail}`, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.issues = options.issues ?? [];
    this.retryAfterS = options.retryAfterS ?? null;
  }

  get status(): number {
    return APP_ERRORS[this.code].status;
  }
}
