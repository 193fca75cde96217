import { writeFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { join } from 'node:path';
import { createCertificates } from '@watchpost/testkit/certificates';
import { freePort } from '@watchpost/testkit/free-port';
import { readTreeUsage } from '@watchpost/testkit/process-tree';
import { createTempDir } from '@watchpost/testkit/temp-dir';
import { runWatchpost, type ServerProcess, startServerProcess, startWatchpost } from '@watchpost/testkit/watchpost-process';
import { describe, expect, it } from 'vitest';

const EMAIL = 'admin@example.com';
const PASSWORD = 'correct horse battery';

function administrator(dir: string): Record<string, string> {
  const file = join(dir, 'password');
  writeFileSync(file, `${PASSWORD}\n`, { mode: 0o600 });
  return { WATCHPOST_ADMIN_EMAIL: EMAIL, WATCHPOST_ADMIN_PASSWORD_FILE: file };
}

async function signIn(url: string): Promise<string> {
  const login = await fetch(`${url}/api/v1/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email: EMAIL, password: PASSWORD }),
  });
  return login.headers
    .getSetCookie()
    .map((each) => each.split(';')[0])
    .join('; ');
}

async function firstOutcome({ url }: Pick<ServerProcess, 'url'>): Promise<string> {
  const cookie = await signIn(url);
  const overview = await fetch(`${url}/api/v1/overview?range=3h`, { headers: { cookie } });
  const { targets } = (await overview.json()) as { targets: { name: string; outcome: string }[] };
  return targets.map(({ name, outcome }) => `${name}: ${outcome}`).join();
}

describe('watchpost up', () => {
  it('measures itself without any help, again after a restart, and leaves nothing behind', async () => {
    await using dir = await createTempDir('up');
    const dataDir = join(dir.path, 'data');
    for (const start of ['first', 'second']) {
      await using server = await startServerProcess({ command: 'up', dataDir, env: administrator(dir.path) });
      await expect.poll(() => firstOutcome(server), { interval: 200 }).toBe('Watchpost itself: up');
      const { pids } = readTreeUsage(server.process.pid);
      expect(pids.length).toBeGreaterThanOrEqual(3);
      expect([start, await server.process.stop()]).toEqual([start, { code: 0, signal: null }]);
      expect(pids.filter(isAlive)).toEqual([]);
      expect(server.process.stdout()).toContain(`is at ${server.url}`);
      expect(server.process.stdout() + server.process.stderr()).not.toContain(PASSWORD);
    }
  });

  it('measures itself with a certificate that is for another name and signed by nobody known', async () => {
    await using certificates = await createCertificates();
    await using dir = await createTempDir('up');
    await using running = startWatchpost(['up'], {
      env: {
        ...administrator(dir.path),
        WATCHPOST_DATA: join(dir.path, 'data'),
        WATCHPOST_LISTEN: `127.0.0.1:${await freePort()}`,
        WATCHPOST_PUBLIC_URL: 'https://elsewhere.example',
        WATCHPOST_TLS_CERT_FILE: certificates.wrongName.certFile,
        WATCHPOST_TLS_KEY_FILE: certificates.wrongName.keyFile,
      },
    });
    const door = () => /"serverUrl":"(http:\/\/127\.0\.0\.1:\d+)"/.exec(running.stderr())?.[1];
    await expect.poll(door).toBeDefined();
    const url = door() ?? '';
    await expect.poll(() => firstOutcome({ url }), { interval: 200 }).toBe('Watchpost itself: up');
    expect(await running.stop()).toEqual({ code: 0, signal: null });
  });

  it('takes its probe and its engine along when it is killed', async () => {
    await using dir = await createTempDir('up');
    await using server = await startServerProcess({ command: 'up', dataDir: join(dir.path, 'data') });
    await expect.poll(() => readTreeUsage(server.process.pid).pids.length).toBeGreaterThanOrEqual(3);
    const { pids } = readTreeUsage(server.process.pid);
    server.process.child.kill('SIGKILL');
    await expect.poll(() => pids.filter(isAlive), { interval: 100 }).toEqual([]);
  });
});

describe('watchpost enrol', () => {
  it('keeps how the server is reached for the next start of the probe', async () => {
    await using dir = await createTempDir('enrol');
    await using server = await startServerProcess({
      command: 'server',
      dataDir: join(dir.path, 'data'),
      env: administrator(dir.path),
    });
    const cookie = await signIn(server.url);
    const post = (path: string, body: object) =>
      fetch(`${server.url}/api/v1${path}`, {
        method: 'POST',
        headers: { cookie, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
    await post('/vantages', { code: 'ct', name: 'Telecom' });
    const { command } = (await (await post('/agents/enrolment-tokens', { vantage: 'ct' })).json()) as { command: string };
    const probeDir = join(dir.path, 'probe');
    const args = [...command.split(' ').slice(1), '--allow-insecure', 'true', '--data', probeDir, '--no-run'];
    expect(await runWatchpost(args)).toMatchObject({ code: 0 });
    const printed = await runWatchpost(['probe', '--data-dir', probeDir, '--print-config']);
    expect(printed.stdout).toContain('allowInsecure: true');
  });
});

describe('watchpost server', () => {
  it('prints its settings with secrets hidden, and checks them', async () => {
    await using dir = await createTempDir('config');
    const env = { ...administrator(dir.path), WATCHPOST_LISTEN: '127.0.0.1:9999' };
    const printed = await runWatchpost(['server', '--print-config', '--retention-raw-days', '7'], { env });
    expect(printed.code).toBe(0);
    expect(printed.stdout).toContain('listen: 127.0.0.1:9999');
    expect(printed.stdout).toContain('rawDays: 7');
    expect(printed.stdout).toContain('(hidden)');
    expect(printed.stdout).not.toContain(PASSWORD);
    expect((await runWatchpost(['server', '--check-config'], { env })).code).toBe(0);
  });

  it.each([
    [{ WATCHPOST_LISTEN: 'everywhere' }, /listen.*HOST:PORT.*everywhere/],
    [{ WATCHPOST_LISTN: '127.0.0.1:1' }, /WATCHPOST_LISTN.*not a known/],
    [{ WATCHPOST_TLS_CERT_FILE: '/nowhere' }, /tlsKeyFile/],
  ])('does not start with %j', async (env, message) => {
    await using dir = await createTempDir('config');
    const ended = await runWatchpost(['server'], { env: { WATCHPOST_DATA: join(dir.path, 'data'), ...env } });
    expect(ended.code).toBe(2);
    expect(ended.stderr).toMatch(message);
  });

  it('speaks HTTPS with a certificate, and then its cookies are Secure', async () => {
    await using certificates = await createCertificates();
    await using dir = await createTempDir('tls');
    const port = await freePort();
    await using running = startWatchpost(['server'], {
      env: {
        ...administrator(dir.path),
        WATCHPOST_DATA: join(dir.path, 'data'),
        WATCHPOST_LISTEN: `127.0.0.1:${port}`,
        WATCHPOST_TLS_CERT_FILE: certificates.good.certFile,
        WATCHPOST_TLS_KEY_FILE: certificates.good.keyFile,
      },
    });
    await expect.poll(running.stdout).toContain(`is at https://127.0.0.1:${port}`);
    const { headers, status } = await new Promise<{ headers: NodeJS.Dict<string | string[]>; status: number }>(
      (resolve, reject) => {
        const sent = request(
          `https://127.0.0.1:${port}/api/v1/session`,
          { method: 'POST', headers: { 'content-type': 'application/json' }, agent: new Agent({ ca: certificates.caPem }) },
          (answer) => {
            answer.resume();
            resolve({ headers: answer.headers, status: answer.statusCode ?? 0 });
          },
        );
        sent.on('error', reject);
        sent.end(JSON.stringify({ email: EMAIL, password: PASSWORD }));
      },
    );
    expect(status).toBe(200);
    expect(headers['set-cookie']?.[0]).toMatch(/; Secure/i);
    expect(headers['strict-transport-security']).toContain('max-age');
    expect(await running.stop()).toEqual({ code: 0, signal: null });
  });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
