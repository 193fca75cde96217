import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { Agent, get } from 'node:http';
import { join } from 'node:path';
import { freePort } from '@watchpost/testkit/free-port';
import { readTreeUsage } from '@watchpost/testkit/process-tree';
import { createTempDir } from '@watchpost/testkit/temp-dir';
import type { LocalTarget } from '../local-target.ts';
import type { Tool } from './tool.ts';

export const BLACKBOX = '/usr/bin/prometheus-blackbox-exporter';
const START_TIMEOUT_MS = 20_000;

export type BlackboxTool = Tool & {
  /** One probe; the metrics it answers with. */
  readonly metrics: (url: string) => Promise<string>;
};

/** prometheus-blackbox-exporter, asked over its /probe address with connections that are kept. Null: it is not installed. */
export async function startBlackboxTool(target: Pick<LocalTarget, 'caFile' | 'wrap'>): Promise<BlackboxTool | null> {
  if (!existsSync(BLACKBOX)) return null;
  const dir = await createTempDir('blackbox');
  const port = await freePort();
  const config = join(dir.path, 'blackbox.yml');
  await writeFile(
    config,
    `modules:
  http:
    prober: http
    timeout: 10s
    http: { preferred_ip_protocol: ip4, ip_protocol_fallback: false, tls_config: { ca_file: ${target.caFile} } }
`,
  );
  const command = [BLACKBOX, `--config.file=${config}`, `--web.listen-address=127.0.0.1:${port}`, '--log.level=error'];
  const [file, ...args] = await target.wrap(command);
  const child = spawn(file, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  const pid = child.pid ?? 0;
  const agent = new Agent({ keepAlive: true, maxSockets: 512 });
  const ask = (path: string) =>
    new Promise<string>((resolve, reject) => {
      get({ host: '127.0.0.1', port, path, agent }, (answer) => {
        let text = '';
        answer.setEncoding('utf8').on('data', (part: string) => (text += part));
        answer.on('end', () => resolve(text)).on('error', reject);
      }).on('error', reject);
    });
  const metrics = (url: string) => ask(`/probe?module=http&target=${encodeURIComponent(url)}`);
  const close = async () => {
    agent.destroy();
    const exited = once(child, 'exit');
    if (child.exitCode === null) {
      child.kill('SIGKILL');
      await exited;
    }
    await dir.remove();
  };
  await waitFor(() => ask('/-/healthy'), close);
  return {
    name: 'blackbox_exporter',
    cpuUs: () => readTreeUsage(pid).cpuUs,
    metrics,
    probe: async (url, times, atOnce) => {
      let left = times;
      const worker = async () => {
        while (left > 0) {
          left -= 1;
          const text = await metrics(url);
          if (!text.includes('\nprobe_success 1')) throw new Error(`blackbox_exporter: ${text.slice(-300)}`);
        }
      };
      await Promise.all(Array.from({ length: atOnce }, worker));
    },
    [Symbol.asyncDispose]: close,
  };
}

async function waitFor(ask: () => Promise<unknown>, close: () => Promise<void>): Promise<void> {
  const end = performance.now() + START_TIMEOUT_MS;
  for (;;) {
    try {
      await ask();
      return;
    } catch (error) {
      if (performance.now() > end) {
        await close();
        throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
