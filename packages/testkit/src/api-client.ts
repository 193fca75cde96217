/** An answer that was not what a test needed. */
export class ApiFailure extends Error {
  override readonly name = 'ApiFailure';
  readonly status: number;
  readonly body: string;

  constructor(request: string, status: number, body: string) {
    super(`${request}: ${status} ${body.slice(0, 500)}`);
    this.status = status;
    this.body = body;
  }
}

/** Speaks to a server as the page does: with the cookie of a session. */
export type ApiClient = {
  readonly url: string;
  /** The whole answer, whatever its status. */
  readonly request: (
    method: string,
    path: string,
    body?: unknown,
    headers?: Readonly<Record<string, string>>,
  ) => Promise<Response>;
  /** The JSON of an answer; rejects with {@link ApiFailure} when the status is not 2xx. */
  readonly json: <T = unknown>(method: string, path: string, body?: unknown) => Promise<T>;
};

export const TEST_ADMIN = { email: 'admin@example.org', name: 'Admin', password: 'correct horse battery' } as const;
const REQUEST_TIMEOUT_MS = 60_000;

/** A client without a session. Paths are below `/api/v1`. */
export function createApiClient(url: string): ApiClient {
  const cookies = new Map<string, string>();
  const request: ApiClient['request'] = async (method, path, body, headers = {}) => {
    const answer = await fetch(`${url}/api/v1${path}`, {
      method,
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
      redirect: 'manual',
      headers: {
        origin: url,
        cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; '),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    for (const cookie of answer.headers.getSetCookie()) {
      const [pair = ''] = cookie.split(';');
      const at = pair.indexOf('=');
      cookies.set(pair.slice(0, at), pair.slice(at + 1));
    }
    return answer;
  };
  return {
    url,
    request,
    json: async <T>(method: string, path: string, body?: unknown) => {
      const answer = await request(method, path, body);
      const text = await answer.text();
      if (!answer.ok) throw new ApiFailure(`${method} ${path}`, answer.status, text);
      return (text === '' ? null : JSON.parse(text)) as T;
    },
  };
}

/** A client that is signed in as the administrator; makes that account when the server has none yet. */
export async function signIn(url: string): Promise<ApiClient> {
  const client = createApiClient(url);
  const { setupNeeded } = await client.json<{ readonly setupNeeded: boolean }>('GET', '/session');
  if (setupNeeded) await client.json('POST', '/setup', TEST_ADMIN);
  await client.json('POST', '/session', { email: TEST_ADMIN.email, password: TEST_ADMIN.password });
  return client;
}
