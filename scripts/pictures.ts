// Makes the pictures of README and guide anew: `node scripts/pictures.ts`, after `npm start` or a test has built the page.
import { signIn, TEST_ADMIN } from '@watchpost/testkit/api-client';
import { launchChromium } from '@watchpost/testkit/chromium';
import { createTempDir } from '@watchpost/testkit/temp-dir';
import { startServerProcess } from '@watchpost/testkit/watchpost-process';
import type { Page } from 'playwright-core';
import { buildPage } from './page.mjs';
import { fillForPictures } from './picture-data.ts';

const WIDTH = 1440;

buildPage();
await using stack = new AsyncDisposableStack();
const dir = stack.use(await createTempDir('pictures'));
const server = stack.use(await startServerProcess({ command: 'server', dataDir: dir.path }));
const client = await signIn(server.url);
const { chartTargetId } = await fillForPictures(client);
const browser = await launchChromium();
stack.defer(() => browser.close());

await picture('overview', 'light', '/', (page) => page.locator('.ov-line').nth(15).waitFor());
await picture('target-dark', 'dark', `/targets/${chartTargetId}`, async (page) => {
  await page.locator('.legend').nth(2).waitFor();
  await page.locator('canvas, .chart svg').nth(2).waitFor();
});
await picture('commands', 'light', '/commands', (page) => page.locator('.cmd-text').nth(9).waitFor(), 690);

async function picture(
  name: string,
  colorScheme: 'light' | 'dark',
  path: string,
  ready: (page: Page) => Promise<void>,
  height = 900,
) {
  const context = await browser.newContext({ viewport: { width: WIDTH, height }, colorScheme, locale: 'en-GB' });
  const { email, password } = TEST_ADMIN;
  await context.request.post(`${server.url}/api/v1/session`, { headers: { origin: server.url }, data: { email, password } });
  const page = await context.newPage();
  await page.goto(server.url + path);
  await ready(page);
  await page.getByText('Live', { exact: true }).first().waitFor();
  await page.evaluate(() => document.fonts.ready.then(() => undefined));
  await page.screenshot({ path: `docs/images/${name}.png` });
  await context.close();
}
