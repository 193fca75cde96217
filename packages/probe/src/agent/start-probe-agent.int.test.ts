import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { zstdDecompressSync } from 'node:zlib';
import {
  type AgentStatus,
  agentStatusSchema,
  type ScheduledCheck,
  testReportSchema,
  type TestOrder,
} from '@watchpost/contracts/agents/agent-wire';
import { type ResultRecord, resultRecordSchema } from '@watchpost/contracts/results/result';
import { checkSchema } from '@watchpost/contracts/targets/check';
import { createLog } from '@watchpost/runtime/log/log';
import { createMetrics } from '@watchpost/runtime/metrics/metrics';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startProbeAgent } from './start-probe-agent.ts';

/** The server's side of the agent protocol, as far as a probe needs it. */
class FakeServer {
  checks: ScheduledCheck[] = [];
  tests: TestOrder[] = [];
  readonly records = new Map<string, ResultRecord>();
  readonly reports: string[] = [];
  status: AgentStatus | null = null;
  isAway = false;
  #version = 1;
  #waiting: (() => void)[] = [];
  readonly #server: Server = createServer((request, response) => {
    void this.#answer(request).then(([code, body, headers]) => response.writeHead(code, headers).end(JSON.stringify(body)));
  });

  async listen(port = 0): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(port, '127.0.0.1', resolve));
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  change(checks: ScheduledCheck[], tests: TestOrder[] = []): void {
    this.checks = checks;
    this.tests = tests;
    this.#version++;
    for (const wake of this.#waiting.splice(0)) wake();
  }

  async close(): Promise<void> {
    for (const wake of this.#waiting.splice(0)) wake();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(request: IncomingMessage): Promise<[number, unknown, Record<string, string>]> {
    const body = await buffer(request);
    const path = request.url ?? '';
    if (this.isAway) return [503, { error: { code: 'unavailable', message: 'away' } }, {}];
    if (path === '/page') return [200, { ok: true }, {}];
    if (request.headers.authorization !== 'Bearer wpa_a1_secret') return [401, {}, {}];
    if (path.startsWith('/api/v1/agents/self/config')) {
      if (request.headers['if-none-match'] === `"${this.#version}"`) {
        await new Promise<void>((resolve) => this.#waiting.push(resolve));
      }
      const config = { agentId: 'a1', vantage: 'ct', checks: this.checks, tests: this.tests, serverTime: Date.now() };
      return [200, config, { etag: `"${this.#version}"` }];
    }
    if (path === '/api/v1/agents/self/results') {
      const lines = zstdDecompressSync(body).toString().trim().split('\n');
      const records = lines.map((line) => resultRecordSchema.parse(JSON.parse(line)));
      for (const record of records) this.records.set(`${record.sequence}`, record);
      return [200, { acknowledged: Math.max(...records.map(({ sequence }) => sequence)), refused: [], refusedCount: 0 }, {}];
    }
    if (path === '/api/v1/agents/self/status') this.status = agentStatusSchema.parse(JSON.parse(body.toString()));
    const test = /\/tests\/(\w+)$/.exec(path)?.[1];
    if (test !== undefined) {
      const report = testReportSchema.parse(JSON.parse(body.toString()));
      this.reports.push(`${test}:${report.results.map(({ outcome, vantage }) => `${outcome}@${vantage}`).join()}`);
    }
    return [200, {}, {}];
  }
}

let dir: string;
let server: FakeServer;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'probe-agent-'));
  server = new FakeServer();
  await server.listen();
});
afterEach(async () => {
  await server.close();
  await rm(dir, { recursive: true, force: true });
});

const check = (url: string, targetId = 'shop'): ScheduledCheck => ({
  targetId,
  intervalS: 5,
  check: checkSchema.parse({ kind: 'http', url }),
});

const start = () =>
  startProbeAgent({
    identity: { agentId: 'a1', key: 'wpa_a1_secret', vantage: 'ct', serverUrl: server.url },
    settings: { dataDir: dir, metricsListen: '127.0.0.1:0', spoolMaxBytes: 16 * 1024 * 1024 },
    version: '0.0.1',
    log: createLog({ name: 'test', level: 'silent' }),
    metrics: createMetrics({ processMetrics: false }),
    signal: new AbortController().signal,
  });

const eventually = (assertion: () => void | Promise<void>) => vi.waitFor(assertion, { timeout: 60_000, interval: 50 });

describe('probe agent', () => {
  it('measures a new target within its interval, delivers it once, and does ordered tests at once', async () => {
    const agent = await start();
    try {
      await eventually(() => expect(server.status).not.toBeNull());
      expect(server.status?.checks).toBe(0);
      server.change([check(`${server.url}/page`)]);
      await eventually(() => expect(server.records.size).toBeGreaterThanOrEqual(1));
      const [record] = [...server.records.values()];
      expect(record).toMatchObject({
        targetId: 'shop',
        vantage: 'ct',
        agentId: 'a1',
        series: 'any',
        outcome: 'up',
        httpStatus: 200,
        sequence: 1,
      });
      expect(record!.roundAt % 5_000).toBe(0);

      server.change(server.checks, [{ testId: 't1', check: checkSchema.parse({ kind: 'tcp', host: '127.0.0.1', port: 1 }) }]);
      await eventually(() => expect(server.reports).toEqual(['t1:down@ct']));
      server.change(server.checks, server.tests);
      const text = await (await fetch(`${agent.metricsUrl}/metrics`)).text();
      expect(text).toMatch(/^watchpost_probe_checks 1$/m);
      expect((await fetch(`${agent.metricsUrl}/healthz`)).status).toBe(200);
      await eventually(() => expect(agent.status().measuredTotal).toBeGreaterThanOrEqual(1));
      expect(server.reports).toEqual(['t1:down@ct']);
    } finally {
      await agent.close();
    }
    expect((await stat(join(dir, 'settings.json'))).mode & 0o077).toBe(0);
    expect(JSON.parse(await readFile(join(dir, 'settings.json'), 'utf8'))).toMatchObject({
      checks: [{ targetId: 'shop' }],
      tests: [],
    });
  });

  it('goes on while the server is away, also after a restart, and delivers afterwards', async () => {
    server.change([check(`${server.url}/page`)]);
    const first = await start();
    await eventually(() => expect(server.records.size).toBeGreaterThanOrEqual(1));
    server.isAway = true;
    await first.close();
    const delivered = server.records.size;

    const second = await start();
    try {
      await eventually(() => expect(second.status().spoolRecords).toBeGreaterThanOrEqual(1));
      expect(server.records.size).toBe(delivered);
      server.isAway = false;
      await eventually(() => expect(second.status().spoolRecords).toBe(0));
      const sequences = [...server.records.values()].map(({ sequence }) => sequence).sort((a, b) => a - b);
      expect(sequences).toEqual(sequences.map((_, index) => index + 1));
      const away = [...server.records.values()].filter(({ httpStatus }) => httpStatus === 503);
      expect(away.length).toBeGreaterThanOrEqual(1);
      const rounds = [...server.records.values()].map(({ roundAt }) => roundAt);
      expect(new Set(rounds).size).toBe(rounds.length);
    } finally {
      await second.close();
    }
  });
});
