import type { Role } from '@watchpost/contracts/api/identity';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PASSWORD, signIn, startTestServer, type TestServer } from '../testing/start-test-server.ts';

const RANK = { viewer: 1, operator: 2, administrator: 3 };
/** All that may be written without being somebody. A new line here needs a very good reason. */
const OPEN_WRITES = ['POST /api/v1/agents/enrol', 'POST /api/v1/session', 'POST /api/v1/setup'];

let server: TestServer;
let agentKey: string;

beforeAll(async () => {
  server = await startTestServer();
  await server.call('POST', '/api/v1/vantages', { key: server.keys.operator, body: { code: 'ct', name: 'Telecom' } });
  agentKey = (await server.enrol('ct')).key;
});
afterAll(() => server.dispose());

function routes() {
  const all = server.app.guardedRoutes.filter((route) => route.method !== 'HEAD');
  return all.map((route) => ({
    ...route,
    path: route.url
      .replace(/:id|:code/g, 'nobody')
      .replace(':kind', 'speed')
      .replace('*', ''),
  }));
}

describe('who may use which route', () => {
  it('lets nobody write without being somebody, but for three routes', () => {
    const open = routes().filter((route) => route.role === 'public' && route.method !== 'GET');
    expect(open.map((route) => `${route.method} ${route.url}`).toSorted()).toEqual(OPEN_WRITES);
    expect(routes().length).toBeGreaterThan(40);
  });

  it('answers 401 to nobody on every route that is not public', async () => {
    for (const { method, path, role } of routes()) {
      if (role === 'public' || path === '/metrics') continue;
      const answer = await server.call(method, path);
      if (role === 'legacy') {
        expect([path, answer.status]).toEqual([path, 404]);
        continue;
      }
      expect([`${method} ${path}`, answer.status]).toEqual([`${method} ${path}`, 401]);
      const forged = await server.call(method, path, { key: 'wpk_0000000000000000000000000000000000000000000' });
      expect(forged.status).toBe(401);
    }
  });

  it('answers 403 to a lower role and lets the right one through', async () => {
    for (const { method, path, role } of routes()) {
      if (role === 'public' || role === 'agent' || role === 'recorder' || role === 'legacy' || path.endsWith('/live')) continue;
      for (const own of ['viewer', 'operator', 'administrator'] as const satisfies readonly Role[]) {
        const answer = await server.call(method, path, { key: server.keys[own] });
        const isLower = RANK[own] < RANK[role];
        expect([`${own}: ${method} ${path}`, answer.status === 403 || answer.status === 401]).toEqual([
          `${own}: ${method} ${path}`,
          isLower,
        ]);
      }
    }
  });

  it('keeps agents to their own routes and people out of them', async () => {
    for (const { method, path, role } of routes()) {
      if (role === 'public') continue;
      const asAgent = await server.call(method, path, { key: agentKey });
      const isRefused = role !== 'agent' && role !== 'legacy' && path !== '/metrics';
      expect([path, asAgent.status === 401]).toEqual([path, isRefused]);
      if (role === 'agent' || role === 'recorder')
        expect((await server.call(method, path, { key: server.keys.administrator })).status).toBe(401);
    }
  });

  it('refuses writes that another site makes a signed-in browser send', async () => {
    const cookie = await signIn(server.call, 'admin@example.com', PASSWORD);
    for (const { method, path, role } of routes()) {
      if (method === 'GET' || role === 'agent' || role === 'recorder' || role === 'legacy') continue;
      const headers = { cookie, origin: 'https://evil.example' };
      const answer = await server.call(method, path, { headers, body: {} });
      expect([path, answer.status, answer.json.code === 'cross-origin' || answer.json.code === 'bad-request']).toEqual([
        path,
        403,
        true,
      ]);
    }
    const sameSite = { cookie, 'sec-fetch-site': 'cross-site' };
    expect((await server.call('DELETE', '/api/v1/session', { headers: sameSite })).status).toBe(403);
    const own = { cookie, origin: server.url };
    expect((await server.call('DELETE', '/api/v1/session', { headers: own })).status).toBe(204);
    expect((await server.call('GET', '/api/v1/users', { headers: { cookie } })).status).toBe(401);
  });

  it('shows figures to the own machine and to viewers only', async () => {
    expect((await server.call('GET', '/metrics')).status).toBe(200);
    const proxied = { 'x-forwarded-for': '192.0.2.9' };
    expect((await server.call('GET', '/metrics', { headers: proxied })).status).toBe(401);
    const viewed = await server.call('GET', '/metrics', { headers: proxied, key: server.keys.viewer });
    expect(viewed.text).toContain('watchpost_dropped_total');
    expect(viewed.text).toMatch(/watchpost_agents\{state="online"\} 1/);
    expect(viewed.text).toMatch(/watchpost_http_request_seconds_count\{[^}]*route="\/api\/v1\/targets"/);
  });
});
