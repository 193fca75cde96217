import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { CommandLine, CommandPage, Host } from '@watchpost/contracts/api/audit';
import { hookPath } from '@watchpost/recorder/hooks/hook-files';
import { systemClock } from '@watchpost/runtime/clock/clock';
import { createLog } from '@watchpost/runtime/log/log';
import { createMetrics } from '@watchpost/runtime/metrics/metrics';
import { openTelemetryStore } from '@watchpost/server/telemetry/open-telemetry-store';
import { type ApiClient, signIn } from '@watchpost/testkit/api-client';
import { type JoinedRecorder, joinRecorder } from '@watchpost/testkit/joined-recorder';
import { startHookedShell } from '@watchpost/testkit/shells/hooked-shell';
import { createTempDir, type TempDir } from '@watchpost/testkit/temp-dir';
import {
  runWatchpost,
  type ServerProcess,
  startServerProcess,
  type WatchpostProcess,
} from '@watchpost/testkit/watchpost-process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const SLOW_MS = 60_000;
const soon = { interval: 50 };

/** A host joins, people type, processes are killed: what the server has is what was typed. */
describe('the command audit', () => {
  let dir: TempDir;
  let spool: string;
  let server: ServerProcess;
  let api: ApiClient;
  let host: JoinedRecorder;
  let recorder: WatchpostProcess;

  const serverData = () => join(dir.path, 'server');
  const startServer = (port?: number) =>
    startServerProcess({ command: 'server', dataDir: serverData(), ...(port === undefined ? {} : { port }) });
  const shell = () => startHookedShell({ shell: 'bash', hook: hookPath('bash'), dir: dir.path, spool });
  const search = async (query = ''): Promise<readonly CommandLine[]> =>
    (await api.json<CommandPage>('GET', `/commands?limit=500&kinds=start${query}`)).commands;
  const texts = async (query = '') => (await search(query)).map(({ text }) => text).toReversed();

  beforeAll(async () => {
    dir = await createTempDir('audit');
    spool = join(dir.path, 'shells');
    server = await startServer();
    api = await signIn(server.url);
    host = await joinRecorder({ client: api, name: 'web-1', dataDir: join(dir.path, 'recorder'), spool });
    recorder = host.start();
  }, SLOW_MS);

  afterAll(async () => {
    await recorder?.[Symbol.asyncDispose]();
    await server?.[Symbol.asyncDispose]();
    await dir?.remove();
  });

  it(
    'what is typed is there with who, where and how it ended; secrets are not',
    async () => {
      await expect.poll(async () => readdir(spool).catch(() => null), soon).toEqual([]);
      await using running = await shell();
      await running.run('true first');
      await running.run('sh -c "exit 3"');
      await running.run('mysql -u root -pTopS3cretWord shop || true');
      await running.run(' echo <script>alert(1)</script>');
      await expect
        .poll(() => texts(), soon)
        .toEqual([
          'true first',
          'sh -c "exit 3"',
          'mysql -u root -p************* shop || true',
          ' echo <script>alert(1)</script>',
        ]);
      await expect.poll(async () => (await search()).every(({ endedAt }) => endedAt !== null), soon).toBe(true);
      const failed = await search('&exit=3');
      expect(failed).toMatchObject([
        { text: 'sh -c "exit 3"', exitCode: 3, host: 'web-1', user: 'root', uid: 0, shell: 'bash', interactive: true },
      ]);
      expect(failed[0]?.tty).toMatch(/^pts\/\d+$/);
      expect(await texts('&q=FIRST')).toEqual(['true first']);
      expect(await texts('&q=%22exit%203%22')).toEqual(['sh -c "exit 3"']);
      expect(await texts('&q=TopS3cretWord')).toEqual([]);
      const [masked] = await search('&q=mysql');
      expect(await texts(`&token=${masked?.redactions[0]?.token}`)).toEqual(['mysql -u root -p************* shop || true']);
      const { sessionId, hostId } = failed[0] as CommandLine;
      const session = await api.json<{ session: { commands: number; failed: number } }>(
        'GET',
        `/sessions/${sessionId}?host=${hostId}`,
      );
      expect(session.session.commands).toBe(4);
    },
    SLOW_MS,
  );

  it(
    'the live stream tells of a command and of its end',
    async () => {
      const answer = await api.request('GET', '/commands/live', undefined, { accept: 'text/event-stream' });
      const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
      let seen = '';
      const reading = (async () => {
        for (let chunk = await reader?.read(); chunk?.done === false; chunk = await reader?.read()) seen += chunk.value;
      })();
      await using running = await shell();
      await running.run('echo live-one');
      await expect.poll(() => seen, soon).toMatch(/echo live-one[^]*"ends":\[\{/);
      await reader?.cancel();
      await reading;
    },
    SLOW_MS,
  );

  it(
    'nothing is lost or doubled when recorder and server are killed again and again',
    async () => {
      const before = (await texts('&q=counted')).length;
      expect(before).toBe(0);
      await using running = await shell();
      const typed: string[] = [];
      for (let round = 0; round < 6; round++) {
        for (let each = 0; each < 20; each++) {
          const line = `true counted-${round}-${each}`;
          typed.push(line);
          await running.run(line);
        }
        if (round % 2 === 0) {
          await recorder.kill('process');
          recorder = host.start();
        } else {
          await server.process.kill('tree');
          server = await startServer(server.port);
        }
      }
      await expect.poll(async () => (await texts('&q=counted')).length).toBe(typed.length);
      expect(await texts('&q=counted')).toEqual(typed);
      await expect
        .poll(async () => (await api.json<Host[]>('GET', '/hosts')).map(({ name, chain }) => [name, chain]), soon)
        .toEqual([['web-1', 'whole']]);
    },
    2 * SLOW_MS,
  );

  it(
    'the proof holds, and the loss budget is even',
    async () => {
      const key = await api.json<{ key: string }>('POST', '/api-keys', { name: 'verify', role: 'administrator' });
      const proof = await runWatchpost(['verify', '--server', server.url, '--json'], { env: { WATCHPOST_API_KEY: key.key } });
      const verdict = JSON.parse(proof.stdout) as { failure: unknown; records: number; checkpoints: number };
      expect(verdict.failure).toBeNull();
      expect(proof.code).toBe(0);
      expect(verdict.records).toBeGreaterThan(250);
      expect(verdict.checkpoints).toBeGreaterThan(0);
      await expect
        .poll(async () => {
          const { written, spooled, acknowledged, missing } = await host.budget();
          return [spooled === written, spooled === acknowledged, missing];
        }, soon)
        .toEqual([true, true, 0]);
      const entries = await api.json<{ action: string }[] | { entries: { action: string }[] }>('GET', '/audit-log?limit=200');
      const actions = (Array.isArray(entries) ? entries : entries.entries).map(({ action }) => action);
      expect(actions).toContain('commands.search');
      expect(actions).toContain('audit.export');
    },
    SLOW_MS,
  );

  it(
    'rows changed or removed by hand in the store are found, and named',
    async () => {
      const key = await api.json<{ key: string }>('POST', '/api-keys', { name: 'again', role: 'administrator' });
      const verify = async () =>
        (await runWatchpost(['verify', '--server', server.url, '--json'], { env: { WATCHPOST_API_KEY: key.key } })).stdout;
      const [sample] = await search('&q=counted-2-7');
      const { epoch, sequence } = sample as CommandLine;
      const tamper = async (sql: string): Promise<{ where: string; what: string } | null> => {
        await server.process.stop();
        const metrics = createMetrics({ processMetrics: false });
        const log = createLog({ name: 'test', level: 'silent' });
        const store = await openTelemetryStore({ dir: join(serverData(), 'telemetry'), clock: systemClock, log, metrics });
        await store.engine.command(sql, { sequence }, { mutations_sync: '1', lightweight_deletes_sync: '2' });
        await store.close();
        server = await startServer(server.port);
        return (JSON.parse(await verify()) as { failure: { where: string; what: string } | null }).failure;
      };
      const hostId = (sample as CommandLine).hostId;
      expect(await tamper(`ALTER TABLE commands UPDATE text = 'harmless' WHERE sequence = {sequence:Int64}`)).toEqual({
        where: `record ${hostId}:${epoch}:${sequence}`,
        what: 'is not what its hash says: it was changed',
      });
      expect(await tamper('DELETE FROM commands WHERE sequence = {sequence:Int64}')).toEqual({
        where: `record ${hostId}:${epoch}:${sequence}`,
        what: 'is missing: a checkpoint states that it was stored',
      });
    },
    2 * SLOW_MS,
  );

  it(
    'nobody writes or reads without a key',
    async () => {
      const anonymous = await fetch(`${server.url}/api/v1/agents/self/commands`, { method: 'POST', body: '{}' });
      expect(anonymous.status).toBe(401);
      expect((await fetch(`${server.url}/api/v1/commands`)).status).toBe(401);
    },
    SLOW_MS,
  );
});
