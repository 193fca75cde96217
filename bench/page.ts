import type { Target } from '@watchpost/contracts/targets/target';
import { type ApiClient, signIn, TEST_ADMIN } from '@watchpost/testkit/api-client';
import { createBatchSender, encodeBatch, enrolAgent } from '@watchpost/testkit/batch-sender';
import { launchChromium } from '@watchpost/testkit/chromium';
import { createRecordMaker } from '@watchpost/testkit/result-records';
import { createTempDir } from '@watchpost/testkit/temp-dir';
import { startServerProcess } from '@watchpost/testkit/watchpost-process';
import type { Browser } from 'playwright-core';
import { buildPage } from '../scripts/page.mjs';
import type { Bench } from './bench.ts';
import { median, rounded } from './statistics.ts';

const TARGETS = 300;
const VANTAGES = ['ct', 'cnc', 'cmcc'] as const;
const INTERVAL_S = 60;
const PER_BATCH = 1_000;
/** A visit that is not interactive by then has failed. */
const VISIT_LIMIT_MS = 30_000;

/**
 * The overview with 300 targets × 3 vantage points in Chromium against a real server: from the navigation to the rows on
 * the screen, and until a letter typed into the search field has taken effect. The first load has an empty cache.
 */
export const PAGE: Bench = {
  name: 'page',
  title: 'the overview of 300 × 3 in Chromium: time until it can be used, compressed JavaScript',
  run: async ({ quick, log }) => {
    buildPage();
    await using stack = new AsyncDisposableStack();
    const dir = stack.use(await createTempDir('page'));
    const server = stack.use(await startServerProcess({ command: 'server', dataDir: dir.path }));
    const client = await signIn(server.url);
    log(`making ${TARGETS} targets and their results of the last ${quick ? '30 minutes' : '3 hours'}`);
    await fill(client, quick ? 30 : 180);
    const browser = await launchChromium();
    stack.defer(() => browser.close());
    const cold = [];
    const warm = [];
    for (let round = 0; round < (quick ? 3 : 7); round += 1) {
      const visit = await openOverview(browser, server.url);
      cold.push(visit.first);
      warm.push(visit.second);
    }
    const of = (visits: readonly Visit[], key: keyof Visit) => median(visits.map((visit) => visit[key]));
    return {
      lines: TARGETS * VANTAGES.length,
      coldRowsMs: rounded(of(cold, 'rowsMs')),
      coldInteractiveMs: rounded(of(cold, 'interactiveMs')),
      warmRowsMs: rounded(of(warm, 'rowsMs')),
      warmInteractiveMs: rounded(of(warm, 'interactiveMs')),
      overviewAnswerMs: rounded(of(warm, 'apiMs')),
      firstViewScriptBytes: of(cold, 'scriptBytes'),
      firstViewStyleBytes: of(cold, 'styleBytes'),
    };
  },
};

async function fill(client: ApiClient, minutes: number): Promise<void> {
  for (const code of VANTAGES) await client.json('POST', '/vantages', { code, name: code });
  const targetIds: string[] = [];
  for (let index = 0; index < TARGETS; index += 1) {
    const check = { kind: 'http', url: `https://www${index}.example.org/` };
    const draft = { name: `Service ${index}`, check, vantages: VANTAGES, intervalS: INTERVAL_S, group: `group-${index % 12}` };
    targetIds.push((await client.json<Target>('POST', '/targets', draft)).id);
  }
  for (const vantage of VANTAGES) {
    const { agentId, key } = await enrolAgent(client, vantage);
    const from = Math.floor(Date.now() / 60_000 - minutes + 1) * 60_000;
    const make = createRecordMaker({ agentId, vantage, targetIds, from, intervalS: INTERVAL_S });
    const sender = createBatchSender(client.url, key);
    const total = minutes * TARGETS;
    for (let first = 1; first <= total; first += PER_BATCH) {
      const records = Array.from({ length: Math.min(PER_BATCH, total - first + 1) }, (_, index) => make(first + index));
      const { status, text, answer } = await sender.send(await encodeBatch(from, records));
      if (answer === null || answer.refusedCount > 0) throw new Error(`the server answered ${status} ${text}`);
    }
    sender.close();
  }
}

type Timed = { readonly rowsMs: number; readonly interactiveMs: number };
type Visit = Timed & {
  readonly apiMs: number;
  readonly scriptBytes: number;
  readonly styleBytes: number;
};
declare global {
  interface Window {
    timed?: Promise<Timed>;
  }
}

/**
 * Runs in the page from its beginning, so that no tool outside has to ask (what a tool compiles there first would take a
 * tenth of a second of the page's own): waits for the rows, types, and waits until only what was typed is shown.
 */
function timePage(limitMs: number): void {
  const shown = (isThere: (links: number) => boolean) =>
    new Promise<number>((resolve, reject) => {
      const look = () => {
        const links = document.querySelectorAll('a[href*="/targets/"]').length;
        if (isThere(links)) resolve(performance.now());
        else if (performance.now() > limitMs) reject(new Error(`${links} links to targets after ${limitMs} ms`));
        else requestAnimationFrame(look);
      };
      look();
    });
  window.timed = shown((links) => links >= 10).then(async (rowsMs) => {
    document.querySelector<HTMLInputElement>('input[type=search]')?.focus();
    document.execCommand('insertText', false, 'Service 299');
    return { rowsMs, interactiveMs: await shown((links) => links > 0 && links <= 6) };
  });
}

async function openOverview(browser: Browser, url: string): Promise<{ readonly first: Visit; readonly second: Visit }> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  try {
    const { email, password } = TEST_ADMIN;
    const login = await context.request.post(`${url}/api/v1/session`, { headers: { origin: url }, data: { email, password } });
    if (!login.ok()) throw new Error(`login: ${login.status()} ${await login.text()}`);
    await context.addInitScript(timePage, VISIT_LIMIT_MS);
    const page = await context.newPage();
    const visit = async (): Promise<Visit> => {
      await page.goto(url, { waitUntil: 'commit' });
      const timed = await page.evaluate(() => window.timed ?? Promise.reject(new Error('nothing is timed')));
      const resources = await page.evaluate(() =>
        (performance.getEntriesByType('resource') as PerformanceResourceTiming[]).map(({ name, encodedBodySize, duration }) => ({
          name,
          encodedBodySize,
          duration,
        })),
      );
      const bytesOf = (ending: string) =>
        resources
          .filter(({ name }) => new URL(name).pathname.endsWith(ending))
          .reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0);
      const api = resources.find(({ name }) => name.includes('/api/v1/overview'));
      return {
        ...timed,
        apiMs: api?.duration ?? Number.NaN,
        scriptBytes: bytesOf('.js'),
        styleBytes: bytesOf('.css'),
      };
    };
    const first = await visit();
    await page.goto('about:blank');
    return { first, second: await visit() };
  } finally {
    await context.close();
  }
}
