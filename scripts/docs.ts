// `npm run docs`: writes docs/reference from the code. With --check it writes nothing and says whether it is up to date.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { APP_ERRORS } from '@watchpost/contracts/errors/app-error';
import { ERROR_CODES } from '@watchpost/contracts/results/error-codes';
import { probeSettingsSchema } from '@watchpost/probe/agent/agent-settings';
import { startProbeAgent } from '@watchpost/probe/agent/start-probe-agent';
import { recorderSettingsSchema } from '@watchpost/recorder/agent/recorder-settings';
import { type ConfigRow, describeConfig } from '@watchpost/runtime/config/config';
import { enrol } from '@watchpost/runtime/enrolment/enrolment';
import { createLog } from '@watchpost/runtime/log/log';
import { createMetrics, type Metrics } from '@watchpost/runtime/metrics/metrics';
import { serverConfigSchema } from '@watchpost/server/config';
import { startServer } from '@watchpost/server/server';
import { commandHelp } from '../packages/watchpost/src/commands/help.ts';
import { COMMANDS } from '../packages/watchpost/src/commands/table.ts';
import { VERSION } from '../packages/watchpost/src/version.ts';

const folder = fileURLToPath(new URL('../docs/reference/', import.meta.url));
const note = '<!-- Written by `npm run docs` from the code. Do not edit. -->\n\n';

const pages: Readonly<Record<string, string>> = {
  'errors.md': errors(),
  'settings.md': settings(),
  'commands.md': await commands(),
  ...(await ofRunningServer()),
};

const stale: string[] = [];
for (const [name, text] of Object.entries(pages)) {
  const path = join(folder, name);
  const isCurrent = (await readFile(path, 'utf8').catch(() => '')) === text;
  if (isCurrent) continue;
  stale.push(name);
  if (!process.argv.includes('--check')) await writeFile(path, text);
}
if (process.argv.includes('--check') && stale.length > 0) {
  console.error(`docs/reference is behind the code: ${stale.join(', ')}. Run npm run docs.`);
  process.exitCode = 1;
}

function errors(): string {
  const measurement = Object.entries(ERROR_CODES).map(([code, { fault, text }]) => `| \`${code}\` | ${fault} | ${text} |`);
  const operating = Object.entries(APP_ERRORS).map(([code, { status, text }]) => `| \`${code}\` | ${status} | ${text} |`);
  return [
    `# Error codes\n\n${note}## Of a measurement\n`,
    '`errorCode` of a result, and who is at fault.\n',
    '| code | fault | meaning |\n|---|---|---|',
    ...measurement,
    '\n## Of the API and the processes\n',
    '`code` in the body of an answer that is not a success.\n',
    '| code | HTTP status | meaning |\n|---|---|---|',
    ...operating,
    '',
  ].join('\n');
}

function settings(): string {
  return [
    `# Settings\n\n${note}Defaults < file < environment < flags. An unknown key or a bad value stops the start with key, value and rule.`,
    '`--check-config` checks and ends, `--print-config` shows what is in force with secrets hidden.',
    'A setting marked *secret* may be given as a file: add `_FILE` to its name in the environment.\n',
    '## Server (`watchpost up`, `watchpost server`)\n',
    table(describeConfig(serverConfigSchema)),
    '## Probe (`watchpost probe`)\n',
    table(describeConfig(probeSettingsSchema, { prefix: 'WATCHPOST_PROBE_' })),
    '## Recorder (`watchpost recorder`)\n',
    table(describeConfig(recorderSettingsSchema, { prefix: 'WATCHPOST_RECORDER_' })),
  ].join('\n');
}

function table(rows: readonly ConfigRow[]): string {
  const cell = (text: string) => text.replaceAll('|', '\\|');
  const lines = rows.map(
    (row) =>
      `| \`${row.key}\` | \`${row.env}\` | \`${row.flag}\` | ${cell(row.type)} | ${row.default === '' ? '' : `\`${row.default}\``} | ${cell(row.doc)}${row.isSecret ? ' *Secret.*' : ''} |`,
  );
  return ['| key | environment | flag | type | default | what it is |', '|---|---|---|---|---|---|', ...lines, ''].join('\n');
}

async function commands(): Promise<string> {
  const parts = await Promise.all(
    COMMANDS.map(async ({ name, load }) => `## watchpost ${name}\n\n\`\`\`text\n${commandHelp(name, await load())}\`\`\`\n`),
  );
  return [`# Commands\n\n${note}`, ...parts].join('\n');
}

type OpenApi = {
  readonly paths: Readonly<Record<string, Readonly<Record<string, { readonly summary?: string; readonly tags?: string[] }>>>>;
};

/** All routes, as a running server describes them. */
function api({ paths }: OpenApi): string {
  const routes = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { summary = '', tags = [] }]) => ({
      path,
      method: method.toUpperCase(),
      summary,
      tag: tags[0] ?? 'other',
    })),
  );
  const sections = [...new Set(routes.map(({ tag }) => tag))].map((tag) => {
    const rows = routes
      .filter((route) => route.tag === tag)
      .map(({ method, path, summary }) => `| \`${method}\` | \`${path}\` | ${summary} |`);
    return `## ${tag}\n\n| method | path | what it does |\n|---|---|---|\n${rows.join('\n')}\n`;
  });
  const text = 'Schemas of all requests and answers: `GET /api/v1/openapi.json` of a running server (OpenAPI 3.1).\n';
  return [`# API\n\n${note}${text}`, ...sections].join('\n');
}

async function ofRunningServer(): Promise<Record<string, string>> {
  const data = await mkdtemp(join(tmpdir(), 'watchpost-docs-'));
  const config = serverConfigSchema.parse({ data, listen: '127.0.0.1:0' });
  const log = createLog({ name: 'docs', level: 'error' });
  const server = await startServer({ config, log, version: VERSION });
  const probeMetrics = createMetrics({ processMetrics: false });
  const stopping = new AbortController();
  try {
    const answer = await fetch(new URL('/api/v1/openapi.json', server.url));
    const token = await server.inviteAgent({ code: 'local', name: 'Local' });
    const dataDir = join(data, 'probe');
    const who = { kind: 'probe', vantage: 'local', name: 'docs' } as const;
    const identity = await enrol({ serverUrl: server.url, token, ...who, dir: dataDir });
    const { signal } = stopping;
    const agent = await startProbeAgent({
      identity,
      settings: { dataDir },
      version: VERSION,
      log,
      metrics: probeMetrics,
      signal,
    });
    await agent.close();
    return { 'api.md': api((await answer.json()) as OpenApi), 'metrics.md': metricsPage(server.metrics, probeMetrics) };
  } finally {
    stopping.abort();
    await server.close();
    await rm(data, { recursive: true, force: true });
  }
}

function metricsPage(ofServer: Metrics, ofProbe: Metrics): string {
  return [
    `# Metrics\n\n${note}In the text format of Prometheus. The server shows them at \`/metrics\`: to its own machine, and with the key of a viewer`,
    '(`Authorization: Bearer wpk_…`). A probe shows its own where `metricsListen` says. Figures of the process (`process_…`, `nodejs_…`)',
    'come along as [prom-client](https://github.com/siimon/prom-client) makes them; a probe without `metricsListen` does not collect them.\n',
    '## Server\n',
    metricsTable(ofServer),
    '## Probe\n',
    metricsTable(ofProbe),
  ].join('\n');
}

function metricsTable({ registry }: Metrics): string {
  const rows = registry
    .getMetricsAsArray()
    .filter(({ name }) => name.startsWith('watchpost_'))
    .map((metric) => ({ ...metric, labels: 'labelNames' in metric ? (metric.labelNames as readonly string[]) : [] }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map(
      ({ name, type, labels, help }) =>
        `| \`${name}\` | ${type} | ${labels.map((label) => `\`${label}\``).join(', ')} | ${help} |`,
    );
  return ['| name | type | labels | what it is |', '|---|---|---|---|', ...rows, ''].join('\n');
}
