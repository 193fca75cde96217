import { type EnrolRequest, enrolResponseSchema } from '@watchpost/contracts/agents/agent-wire';
import { AppError } from '@watchpost/contracts/errors/app-error';
import { PROTOCOL_VERSION } from '@watchpost/contracts/protocol';
import { createServerConnection, type ServerAnswer } from '../http-client/server-connection.ts';
import { answerError, parseJson } from '../http-client/server-error.ts';
import { type Identity, writeIdentity } from './identity.ts';

export { type Identity, readIdentity } from './identity.ts';

const LIMITS = { timeoutMs: 20_000, answerBytes: 64 * 1024 };

/**
 * Makes this machine an agent: gives the one-time token to the server and keeps the identity it answers with in `dir`.
 * Rejects with AppError: `bad-enrolment-token`, `bad-config` (URL), `unavailable` (not reached), or what the server states.
 */
export async function enrol(options: {
  readonly serverUrl: string;
  readonly token: string;
  readonly kind: 'probe' | 'recorder';
  /** Null for a recorder. */
  readonly vantage: string | null;
  readonly name: string;
  readonly dir: string;
  readonly version?: string;
  readonly allowInsecure?: boolean;
  readonly caPem?: string;
}): Promise<Identity> {
  const { serverUrl, token, kind, vantage, name } = options;
  const request: EnrolRequest = { token, kind, vantage, name, version: options.version ?? '0.1.0', protocol: PROTOCOL_VERSION };
  const connection = createServerConnection({
    serverUrl,
    key: null,
    ...(options.allowInsecure === undefined ? {} : { allowInsecure: options.allowInsecure }),
    ...(options.caPem === undefined ? {} : { caPem: options.caPem }),
  });
  let answer: ServerAnswer;
  try {
    answer = await connection.request({
      method: 'POST',
      path: '/api/v1/agents/enrol',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(request),
      timeoutMs: LIMITS.timeoutMs,
      maxAnswerBytes: LIMITS.answerBytes,
    });
  } catch (error) {
    throw new AppError('unavailable', `${serverUrl}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  } finally {
    connection.close();
  }
  if (answer.status < 200 || answer.status > 299) throw answerError(answer);
  const response = enrolResponseSchema.safeParse(parseJson(answer.body));
  if (!response.success) throw new AppError('unavailable', `${serverUrl} answered with something else than an identity`);
  const identity: Identity = { ...response.data, serverUrl };
  await writeIdentity(options.dir, identity);
  return identity;
}
