import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PASSWORD, signIn, startTestServer, type TestServer } from '../testing/start-test-server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.dispose());

describe('sessions', () => {
  it('says who is signed in, with a cookie that scripts cannot read', async () => {
    const answer = await server.call('POST', '/api/v1/session', { body: { email: 'Admin@Example.com', password: PASSWORD } });
    expect(answer.status).toBe(200);
    const [cookie] = answer.headers.getSetCookie();
    expect(cookie).toMatch(/HttpOnly/i);
    expect(cookie).toMatch(/SameSite=Lax/i);
    const session = await server.call('GET', '/api/v1/session', { headers: { cookie: cookie!.split(';')[0]! } });
    expect(session.json).toMatchObject({ user: { email: 'admin@example.com', role: 'administrator' }, setupNeeded: false });
    expect(answer.text).not.toContain('password');
  });

  it('answers a wrong address like a wrong password, and slows guessing down', async () => {
    const nobody = await server.call('POST', '/api/v1/session', { body: { email: 'no@example.com', password: 'x'.repeat(12) } });
    const wrong = await server.call('POST', '/api/v1/session', {
      body: { email: 'admin@example.com', password: 'x'.repeat(12) },
    });
    expect([nobody.status, wrong.status]).toEqual([401, 401]);
    expect({ ...nobody.json, requestId: '' }).toEqual({ ...wrong.json, requestId: '' });
    const statuses: number[] = [];
    for (let count = 0; count < 12; count++) {
      statuses.push(
        (await server.call('POST', '/api/v1/session', { body: { email: 'guess@example.com', password: 'wrong password' } }))
          .status,
      );
    }
    expect(statuses.slice(0, 10)).toEqual(Array.from({ length: 10 }, () => 401));
    expect(statuses.slice(10)).toEqual([429, 429]);
    expect(
      (await server.call('POST', '/api/v1/session', { body: { email: 'admin@example.com', password: PASSWORD } })).status,
    ).toBe(200);
  });
});

describe('accounts', () => {
  it('makes, changes and removes them, and never loses the last administrator', async () => {
    const key = server.keys.administrator;
    const body = { email: 'Eve@example.com', name: 'Eve', password: 'eves password', role: 'operator' };
    const made = await server.call('POST', '/api/v1/users', { key, body });
    expect(made.json).toMatchObject({ email: 'eve@example.com', role: 'operator' });
    expect((await server.call('POST', '/api/v1/users', { key, body })).status).toBe(409);
    const cookie = await signIn(server.call, 'eve@example.com', 'eves password');
    const path = `/api/v1/users/${made.json.id}`;
    expect((await server.call('PATCH', path, { key, body: { role: 'viewer' } })).json.role).toBe('viewer');
    expect((await server.call('POST', '/api/v1/vantages', { headers: { cookie }, body: {} })).status).toBe(403);
    expect((await server.call('PATCH', path, { key, body: { password: 'another password' } })).status).toBe(200);
    expect((await server.call('GET', '/api/v1/targets', { headers: { cookie } })).status).toBe(401);
    await signIn(server.call, 'eve@example.com', 'another password');

    const users = (await server.call('GET', '/api/v1/users', { key })).json as { id: string; role: string }[];
    const admin = users.find((user) => user.role === 'administrator')!;
    expect((await server.call('DELETE', `/api/v1/users/${admin.id}`, { key })).status).toBe(409);
    expect((await server.call('PATCH', `/api/v1/users/${admin.id}`, { key, body: { role: 'viewer' } })).status).toBe(409);
    expect((await server.call('GET', '/api/v1/users', { key })).json).toHaveLength(2);
    expect((await server.call('DELETE', path, { key })).status).toBe(204);
    const log = (await server.call('GET', '/api/v1/audit-log', { key })).json as { action: string; subject: string }[];
    expect(log).toContainEqual(
      expect.objectContaining({ action: 'user.remove', subject: 'eve@example.com', actor: 'api-key:administrator' }),
    );
    expect(JSON.stringify(log)).not.toContain('another password');
  });

  it('lets a person change the own name and password, which ends the other sessions', async () => {
    const key = server.keys.administrator;
    const path = '/api/v1/session/user';
    const body = { email: 'own@example.com', name: 'Own', password: 'the first password', role: 'viewer' };
    await server.call('POST', '/api/v1/users', { key, body });
    const here = await signIn(server.call, body.email, body.password);
    const elsewhere = await signIn(server.call, body.email, body.password);
    const change = (patch: object, cookie: string) => server.call('PATCH', path, { body: patch, headers: { cookie } });

    expect((await change({ name: 'Renamed' }, here)).json).toMatchObject({ name: 'Renamed', role: 'viewer' });
    const newPassword = 'the second password';
    const wrong = await change({ currentPassword: 'not this one', newPassword }, here);
    expect([wrong.status, wrong.json.issues[0].field]).toEqual([400, 'currentPassword']);
    expect((await change({ newPassword }, here)).json.issues[0].field).toBe('currentPassword');
    expect((await change({ role: 'administrator' }, here)).status).toBe(400);
    expect((await server.call('PATCH', path, { key, body: { name: 'Key' } })).status).toBe(403);

    const done = await change({ currentPassword: body.password, newPassword }, here);
    expect(done.status).toBe(200);
    const fresh = done.headers
      .getSetCookie()
      .map((cookie) => cookie.split(';')[0])
      .join('; ');
    const status = async (cookie: string) => (await server.call('GET', '/api/v1/targets', { headers: { cookie } })).status;
    expect([await status(fresh), await status(here), await status(elsewhere)]).toEqual([200, 401, 401]);
    const log = (await server.call('GET', '/api/v1/audit-log', { key })).json as { action: string }[];
    expect(log).toContainEqual(expect.objectContaining({ action: 'user.change', actor: 'own@example.com', detail: 'password' }));
    expect(JSON.stringify(log)).not.toContain('the second password');
  });

  it('lets a removed API key in no more', async () => {
    const admin = server.keys.administrator;
    const made = (await server.call('POST', '/api/v1/api-keys', { key: admin, body: { name: 'k', role: 'viewer' } })).json;
    expect((await server.call('GET', '/api/v1/targets', { key: made.key })).status).toBe(200);
    expect((await server.call('GET', '/api/v1/api-keys', { key: admin })).text).not.toContain(made.key);
    await server.call('DELETE', `/api/v1/api-keys/${made.id}`, { key: admin });
    expect((await server.call('GET', '/api/v1/targets', { key: made.key })).status).toBe(401);
  });
});

describe('the first account', () => {
  it('needs the setup code from elsewhere, none from the own machine, and is made once only', async () => {
    const fresh = await startTestServer({ adminEmail: null, adminPassword: null });
    try {
      expect((await fresh.call('GET', '/api/v1/session')).json).toMatchObject({ user: null, setupNeeded: true });
      const body = { email: 'first@example.com', name: 'First', password: 'first password' };
      const elsewhere = { 'x-forwarded-for': '192.0.2.7' };
      expect((await fresh.call('POST', '/api/v1/setup', { body, headers: elsewhere })).status).toBe(403);
      expect(
        (await fresh.call('POST', '/api/v1/setup', { body: { ...body, setupCode: 'WRONG' }, headers: elsewhere })).status,
      ).toBe(403);
      expect(await setupStatus(fresh.url, 'rebound.example', body)).toBe(403);
      const both = await Promise.all([
        fresh.call('POST', '/api/v1/setup', { body: { ...body, setupCode: fresh.setupCode }, headers: elsewhere }),
        fresh.call('POST', '/api/v1/setup', { body: { ...body, email: 'second@example.com' } }),
      ]);
      expect(both.map((answer) => answer.status).toSorted((a, b) => a - b)).toEqual([201, 409]);
      expect((await fresh.call('GET', '/api/v1/session')).json.setupNeeded).toBe(false);
    } finally {
      await fresh.dispose();
    }
  });
});

/** fetch does not let us choose the Host header. */
function setupStatus(url: string, host: string, body: object): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = request(
      new URL('/api/v1/setup', url),
      { method: 'POST', headers: { host, 'content-type': 'application/json' } },
      (answer) => {
        answer.resume();
        resolve(answer.statusCode ?? 0);
      },
    );
    sent.on('error', reject);
    sent.end(JSON.stringify(body));
  });
}
