import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Role } from '@watchpost/contracts/api/identity';
import { createLog } from '@watchpost/runtime/log/log';
import { type ServerConfig, serverConfigSchema } from '../config.ts';
import { type Server, startServer } from '../server.ts';

export const PASSWORD = 'correct horse battery';

export type TestServer = Server & {
  readonly dir: string;
  /** API keys by role. */
  readonly keys: Readonly<Record<Role, string>>;
  readonly call: (method: string, path: string, options?: CallOptions) => Promise<Answer>;
  readonly enrol: (vantage: string) => Promise<{ readonly agentId: string; readonly key: string }>;
  readonly dispose: () => Promise<void>;
};
export type CallOptions = {
  readonly key?: string;
  readonly body?: unknown;
  readonly raw?: Uint8Array | string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
};
// oxlint-disable-next-line typescript/no-explicit-any -- answers are read freely in tests
export type Answer = { readonly status: number; readonly headers: Headers; readonly text: string; readonly json: any };

/** Starts a real server on a free port with its embedded stores in a new folder, an administrator and a key for each role. */
export async function startTestServer(config: Partial<ServerConfig> = {}, dir?: string): Promise<TestServer> {
  const folder = dir ?? (await mkdtemp(join(tmpdir(), 'watchpost-server-')));
  const server = await startServer({
    config: {
      ...serverConfigSchema.parse({ listen: '127.0.0.1:0', data: folder }),
      adminEmail: 'admin@example.com',
      adminPassword: PASSWORD,
      ...config,
    },
    log: createLog({ name: 'test', level: 'silent' }),
    version: 'test',
    checkAnswers: true,
  }).catch(async (error: unknown) => {
    await rm(folder, { recursive: true, force: true });
    throw error;
  });
  const call: TestServer['call'] = async (method, path, options = {}) => {
    const response = await fetch(new URL(path, server.url), {
      method,
      redirect: 'manual',
      headers: {
        ...(options.key === undefined ? {} : { authorization: `Bearer ${options.key}` }),
        ...(options.body === undefined ? {} : { 'content-type': 'application/json' }),
        ...options.headers,
      },
      ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
      ...(options.raw === undefined ? {} : { body: options.raw as BodyInit }),
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('application/json') === true && text !== '';
    return { status: response.status, headers: response.headers, text, json: isJson ? JSON.parse(text) : null };
  };
  const keys = config.adminEmail === null ? { administrator: '', operator: '', viewer: '' } : await makeKeys(call);
  return {
    ...server,
    dir: folder,
    keys,
    call,
    async enrol(vantage) {
      const token = await call('POST', '/api/v1/agents/enrolment-tokens', { key: keys.operator, body: { vantage } });
      const body = { token: token.json.token, kind: 'probe', vantage, name: 'test', version: '1', protocol: 1 };
      return (await call('POST', '/api/v1/agents/enrol', { body })).json;
    },
    async dispose() {
      await server.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function makeKeys(call: TestServer['call']): Promise<Record<Role, string>> {
  const cookie = await signIn(call, 'admin@example.com', PASSWORD);
  const make = async (role: Role) =>
    (await call('POST', '/api/v1/api-keys', { headers: { cookie }, body: { name: role, role } })).json.key as string;
  return { administrator: await make('administrator'), operator: await make('operator'), viewer: await make('viewer') };
}

/** Signs in and gives the session cookie as a request carries it. */
export async function signIn(call: TestServer['call'], email: string, password: string): Promise<string> {
  const answer = await call('POST', '/api/v1/session', { body: { email, password } });
  if (answer.status !== 200) throw new Error(`sign-in gave ${answer.status}: ${answer.text}`);
  return answer.headers
    .getSetCookie()
    .map((cookie) => cookie.split(';')[0])
    .join('; ');
}
