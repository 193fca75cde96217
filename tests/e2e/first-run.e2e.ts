import { AxeBuilder } from '@axe-core/playwright';
import { createTempDir, type TempDir } from '@watchpost/testkit/temp-dir';
import { launchChromium } from '@watchpost/testkit/chromium';
import {
  type ServerProcess,
  startServerProcess,
  startWatchpost,
  type WatchpostProcess,
} from '@watchpost/testkit/watchpost-process';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const ACCOUNT = { email: 'ann@example.org', name: 'Ann', password: 'correct horse battery' } as const;
const SLOW_MS = 60_000;

/** What a person does on the first day, in the order in which they do it: each step builds on the one before. */
describe('the first day', () => {
  let data: TempDir;
  let server: ServerProcess;
  let probe: WatchpostProcess | null = null;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  const complaints: string[] = [];

  beforeAll(async () => {
    data = await createTempDir('first-run');
    server = await startServerProcess({ command: 'up', dataDir: data.path });
    browser = await launchChromium();
    context = await browser.newContext({ viewport: { width: 1440, height: 900 }, acceptDownloads: true, locale: 'en-GB' });
    page = await context.newPage();
    page.setDefaultTimeout(SLOW_MS);
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
  }, SLOW_MS);

  afterAll(async () => {
    await browser?.close();
    await probe?.stop();
    await server?.process.stop();
    await data?.remove();
  }, SLOW_MS);

  /** What fades in has too little contrast until it is there. Animations without an end (waiting) are left out. */
  const settled = () =>
    page.evaluate(() => {
      const ending = document.getAnimations().filter(({ effect }) => effect?.getComputedTiming().endTime !== Infinity);
      return Promise.allSettled(ending.map(({ finished }) => finished)).then(() => undefined);
    });
  const accessible = async () => {
    await settled();
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)).toEqual([]);
  };

  it('begins with the account of the administrator', async () => {
    await page.goto(server.url);
    await page.getByLabel('E-mail').fill(ACCOUNT.email);
    await page.getByLabel('Name').fill(ACCOUNT.name);
    await page.getByRole('textbox', { name: 'Password' }).fill(ACCOUNT.password);
    await accessible();
    await expect.poll(() => page.title()).toBe('Welcome to Watchpost');
    await page.getByRole('button', { name: 'Make the account' }).click();
    await page.getByRole('heading', { name: 'Overview' }).waitFor();
    await expect.poll(() => page.title()).toBe('Overview · Watchpost');
  });

  it('shows data that moves, without a reload', async () => {
    const row = page.getByRole('row').filter({ hasText: 'Watchpost itself' });
    await row.getByText('Up', { exact: true }).waitFor();
    await accessible();
  });

  it('asks once for what the overview shows, before its own code is there', async () => {
    await page.reload();
    await page.getByRole('row').filter({ hasText: 'Watchpost itself' }).waitFor();
    const asked = await page.evaluate(() =>
      performance
        .getEntriesByType('resource')
        .filter(({ name }) => /\/api\/v1\/(overview|session|vantages)/.test(name))
        .map((entry) => (entry as PerformanceResourceTiming).initiatorType),
    );
    expect(asked).toEqual(['link', 'link', 'link']);
  });

  it('makes a vantage point and a command with which a second machine joins', async () => {
    await page.getByRole('link', { name: 'Vantage points' }).click();
    await page.getByRole('button', { name: 'Add vantage point' }).click();
    await page.getByLabel('Code').fill('ct');
    await page.getByLabel('Name').fill('China Telecom');
    await page.getByRole('button', { name: 'Save' }).click();
    const card = page.locator('.card').filter({ hasText: 'China Telecom' }).first();
    await card.getByRole('button', { name: 'Add agent' }).click();
    await page.getByRole('button', { name: 'Make the command' }).click();
    const command = await page.getByRole('dialog').locator('pre').innerText();
    expect(command).toMatch(/^watchpost enrol --server \S+ --token \S+ --vantage ct$/);
    await accessible();
    await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click();

    const [, ...args] = command.split(' ');
    probe = startWatchpost(args, { env: { WATCHPOST_PROBE_DATA_DIR: `${data.path}/probe-ct` } });
    const agent = page.getByRole('row').filter({ hasText: 'ct' });
    await agent.getByText('Online').waitFor();
    await accessible();
  });

  it('adds a target, tested from both vantage points before it is saved', async () => {
    await page.getByRole('link', { name: 'Targets' }).click();
    await page
      .getByRole('link', { name: 'Add target' })
      .or(page.getByRole('button', { name: 'Add target' }))
      .first()
      .click();
    await page.getByRole('heading', { name: 'Add target' }).waitFor();
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('alert').filter({ hasText: 'Please correct the marked fields' }).waitFor();
    expect(await page.getByLabel('URL').evaluate((field) => field === document.activeElement)).toBe(true);
    expect(complaints.splice(0)).toEqual([expect.stringContaining('400')]);
    await page.getByLabel('URL').fill(`${server.url}/readyz`);
    await page.getByLabel('Name', { exact: true }).fill('Readiness');
    await page.getByLabel('Interval, seconds').fill('5');
    for (const vantage of ['China Telecom', 'This machine']) await page.getByText(vantage, { exact: true }).first().waitFor();
    await accessible();
    await page.getByRole('button', { name: 'Test now' }).click();
    const waterfalls = page.getByRole('group', { name: 'Timing' });
    await waterfalls.nth(1).waitFor();
    expect(await waterfalls.count()).toBe(2);
    await accessible();
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('link', { name: 'Overview' }).first().click();
    for (const vantage of ['China Telecom', 'This machine']) {
      await page.getByRole('row').filter({ hasText: vantage }).filter({ hasText: 'Up' }).last().waitFor();
    }
  });

  it('draws the charts of both vantage points, with every phase in the legend', async () => {
    await page.getByText('Readiness').first().click();
    await page.getByRole('heading', { name: 'Readiness' }).waitFor();
    const responseTime = page.getByRole('region', { name: 'Response time' });
    await responseTime.locator('svg, canvas').nth(1).waitFor();
    for (const phase of ['TCP connect', 'Wait for first byte', 'Receive', 'Total']) {
      expect(await responseTime.getByRole('row').filter({ hasText: phase }).count()).toBeGreaterThanOrEqual(2);
    }
    await accessible();
    for (const view of ['Percentiles', 'Compare']) {
      await responseTime.getByText(view, { exact: true }).click();
      await responseTime.locator('svg, canvas').first().waitFor();
      await accessible();
    }
    await responseTime.getByText('Phases', { exact: true }).click();
  });

  it('shows one measurement as a waterfall', async () => {
    await page
      .getByRole('button', { name: /^Open result of/ })
      .first()
      .click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('127.0.0.1').first().waitFor();
    await dialog.getByRole('group', { name: 'Timing' }).waitFor();
    await accessible();
    await page.keyboard.press('Escape');
  });

  it('shows a range of one’s own, by picker and by dragging, and goes back', async () => {
    await page.getByRole('button', { name: 'Custom' }).click();
    await page.getByRole('button', { name: 'Show', exact: true }).click();
    await page.waitForURL(/from=\d+&to=\d+/);
    const picked = page.url();
    const chart = page.getByRole('region', { name: 'Download speed' }).locator('svg, canvas').first();
    await chart.hover();
    const box = await chart.boundingBox();
    if (box === null) throw new Error('the chart has no size');
    await page.mouse.move(box.x + box.width * 0.5, box.y + box.height / 2);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.8, box.y + box.height / 2, { steps: 8 });
    await page.mouse.up();
    await page.waitForURL((url) => url.href !== picked);
    const width = (href: string) => Number(new URL(href).searchParams.get('to')) - Number(new URL(href).searchParams.get('from'));
    expect(width(page.url())).toBeLessThan(width(picked));
    await page.goBack();
    await page.waitForURL(picked);
  });

  it.each([
    ['PNG', (bytes: Buffer) => bytes.subarray(1, 4).toString() === 'PNG' && bytes.length > 5_000],
    ['SVG', (bytes: Buffer) => bytes.toString().startsWith('<svg') && !bytes.includes('<script')],
    ['CSV', (bytes: Buffer) => /^[\w,"]+/.test(bytes.toString()) && bytes.toString().split('\n').length > 2],
    ['JSON', (bytes: Buffer) => Array.isArray((JSON.parse(bytes.toString()) as { lines: unknown[] }).lines)],
  ])('exports the chart as %s', async (format, isRight) => {
    const group = page.getByRole('group', { name: /^Response time/ });
    const [download] = await Promise.all([page.waitForEvent('download'), group.getByRole('link', { name: format }).click()]);
    const chunks: Buffer[] = [];
    for await (const chunk of await download.createReadStream()) chunks.push(chunk as Buffer);
    expect(isRight(Buffer.concat(chunks))).toBe(true);
  });

  it.each(['/targets', '/people', '/settings'])('has no accessibility violation at %s', async (path) => {
    await page.goto(`${server.url}${path}`);
    await page.getByRole('heading', { level: 1 }).waitFor();
    await accessible();
  });

  it('speaks 中文, in the dark, on a phone, without a sideways scroll', async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    await page.emulateMedia({ colorScheme: 'dark' });
    await page.getByText('中文').click();
    await page.locator('html[lang^=zh]').waitFor({ state: 'attached' });
    await page.goto(server.url);
    await page
      .getByRole('heading', { name: '总览' })
      .or(page.getByRole('heading', { level: 1 }))
      .first()
      .waitFor();
    expect(await page.locator('html').getAttribute('lang')).toMatch(/^zh/);
    for (const path of ['/', '/targets', '/vantages', '/people']) {
      await page.goto(`${server.url}${path}`);
      await page.getByRole('heading', { level: 1 }).waitFor();
      expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth), path).toBeLessThanOrEqual(0);
      await accessible();
    }
  });

  it('had no error in the browser on the whole way', () => {
    expect(complaints).toEqual([]);
  });
});
