import { join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import type { CommandPage } from '@watchpost/contracts/api/audit';
import { hookPath } from '@watchpost/recorder/hooks/hook-files';
import { type ApiClient, signIn, TEST_ADMIN } from '@watchpost/testkit/api-client';
import { launchChromium } from '@watchpost/testkit/chromium';
import { joinRecorder } from '@watchpost/testkit/joined-recorder';
import { startHookedShell } from '@watchpost/testkit/shells/hooked-shell';
import type { PtyShell } from '@watchpost/testkit/shells/pty-shell';
import { createTempDir, type TempDir } from '@watchpost/testkit/temp-dir';
import { type ServerProcess, startServerProcess, type WatchpostProcess } from '@watchpost/testkit/watchpost-process';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const SLOW_MS = 60_000;
const soon = { interval: 50 };
const SCRIPT = 'echo "<script>document.title=1</script><img src=x onerror=alert(1)>"';
const MARKS = `: 'a\u202eb\u200b' "q'uote" \\"x`;

/** What an auditor does on the pages while somebody types in a real shell. Each step builds on the one before. */
describe('the pages of the command audit', () => {
  let dir: TempDir;
  let server: ServerProcess;
  let api: ApiClient;
  let recorder: WatchpostProcess;
  let shell: PtyShell;
  let browser: Browser;
  let page: Page;
  const complaints: string[] = [];

  beforeAll(async () => {
    dir = await createTempDir('pages');
    const [started, chromium] = await Promise.all([
      startServerProcess({ command: 'server', dataDir: join(dir.path, 'server') }),
      launchChromium(),
    ]);
    [server, browser] = [started, chromium];
    api = await signIn(server.url);
    const [dataDir, spool] = [join(dir.path, 'recorder'), join(dir.path, 'shells')];
    recorder = (await joinRecorder({ client: api, name: 'web-1', dataDir, spool })).start();
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'en-GB', acceptDownloads: true });
    const { email, password } = TEST_ADMIN;
    await context.request.post(`${server.url}/api/v1/session`, { headers: { origin: server.url }, data: { email, password } });
    page = await context.newPage();
    page.setDefaultTimeout(60_000);
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    page.on('dialog', (dialog) => complaints.push(`a script ran: ${dialog.message()}`));
  }, SLOW_MS);

  afterAll(async () => {
    await browser?.close();
    await shell?.close();
    await recorder?.[Symbol.asyncDispose]();
    await server?.[Symbol.asyncDispose]();
    await dir?.remove();
  });

  const accessible = async () => {
    await page.evaluate(() =>
      Promise.allSettled(
        document
          .getAnimations()
          .filter(({ effect }) => effect?.getComputedTiming().endTime !== Infinity)
          .map(({ finished }) => finished),
      ).then(() => undefined),
    );
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)).toEqual([]);
  };
  const stream = () => page.getByRole('listbox', { name: 'Live commands' });
  const line = (text: string) => stream().getByRole('option').filter({ hasText: text });
  const seen = async () => {
    const texts = await stream().locator('.cmd-text').allInnerTexts();
    return texts.toReversed();
  };

  it('what is typed appears on the live page, with how it ended', async () => {
    await expect
      .poll(async () => (await api.json<{ recorder: unknown }[]>('GET', '/hosts'))[0]?.recorder ?? null, soon)
      .not.toBe(null);
    const spool = join(dir.path, 'shells');
    shell = await startHookedShell({
      shell: 'bash',
      hook: hookPath('bash'),
      dir: dir.path,
      spool,
      before: 'HISTCONTROL=ignorespace',
    });
    await page.goto(`${server.url}/live`);
    await page.getByRole('status').filter({ hasText: 'Live' }).first().waitFor();
    await shell.run('true first');
    await line('true first').getByText('✓').waitFor();
    await shell.run('sh -c "exit 3"');
    await line('sh -c "exit 3"').getByText('✗ 3').waitFor();
    await shell.run(' true kept-from-history');
    await line('kept-from-history').getByText('hidden: leading space').waitFor();
    await accessible();
  });

  it('what would act on a page or a terminal is text', async () => {
    await shell.run(`${SCRIPT} >/dev/null`);
    await shell.run(MARKS);
    await shell.run(`: $'\\e[31m' '\u001b[31mred'`.replace('\u001b', '\u0016\u001b'));
    await line('red').waitFor();
    const [red, marks, script] = await seen();
    expect(script).toBe(`${SCRIPT} >/dev/null`);
    expect(marks).toBe(`: 'a<U+202E>b<U+200B>' "q'uote" \\"x`);
    expect(red).toBe(`: $'\\e[31m' '^[[31mred'`);
    expect(await page.title()).not.toBe('1');
    expect(await stream().locator('img, script').count()).toBe(0);
  });

  it('filters as one types, pauses, counts what waits, and goes on', async () => {
    await page.getByRole('searchbox', { name: 'Filter' }).fill('WEB-1 first');
    await expect.poll(() => stream().getByRole('option').count(), soon).toBe(1);
    expect(await line('true first').locator('mark').allInnerTexts()).toEqual(['first']);
    await page.getByRole('searchbox', { name: 'Filter' }).fill('');
    await page.getByRole('button', { name: 'Pause' }).click();
    await shell.run('true while-paused');
    await page.getByText(/^Paused, [1-9]/).waitFor();
    expect(await line('while-paused').count()).toBe(0);
    await page.getByRole('button', { name: 'Go on' }).click();
    await line('while-paused').getByText('✓').waitFor();
  });

  it('chooses hosts in the tree, by group too, and the address keeps it', async () => {
    const { id } = await api.json<{ id: string }>('POST', '/host-groups', { name: 'Shop' });
    const [host] = await api.json<{ id: string }[]>('GET', '/hosts');
    await api.json('PATCH', `/hosts/${host?.id}`, { groupIds: [id], labels: { site: 'main' } });
    await page.getByRole('checkbox', { name: 'Shop' }).check();
    await page.waitForURL(new RegExp(`groups=${id}`));
    expect(await page.getByRole('checkbox', { name: 'web-1' }).isChecked()).toBe(true);
    await line('true first').waitFor();
    await shell.run('true in-group');
    await line('in-group').waitFor();
  });

  it('is worked by keys: a line is chosen, opened, and the session is around it', async () => {
    await stream().focus();
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('ArrowUp');
    expect(await stream().locator('[aria-selected=true]').innerText()).toContain('while-paused');
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button').filter({ hasText: 'true first' }).waitFor();
    expect(await dialog.locator('pre').innerText()).toBe('true while-paused');
    expect(await dialog.locator('[aria-current]').innerText()).toContain('while-paused');
    await accessible();
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    await line('true first').click();
    expect(await dialog.locator('pre').innerText()).toBe('true first');
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Clear' }).click();
    await page.getByText('Nothing was typed yet').waitFor();
  });

  it('searches; all of it stands in the address; a search is kept by name and removed', async () => {
    await shell.run('mysql -u root -pTopS3cretWord shop || true');
    await shell.run('mysqldump --password=TopS3cretWord shop || true');
    await expect.poll(async () => (await api.json<CommandPage>('GET', '/commands?q=mysql')).commands.length, soon).toBe(2);
    await page.goto(`${server.url}/commands`);
    await page.getByRole('searchbox', { name: 'Words' }).fill('exit');
    await page.keyboard.press('Enter');
    await page.waitForURL(/q=exit/);
    await page.getByRole('combobox', { name: 'Outcome' }).click();
    await page.getByRole('option', { name: 'Exit code' }).click();
    await page.getByRole('textbox', { name: 'Exit code' }).fill('3');
    await page.keyboard.press('Enter');
    await page.waitForURL(/exit=(3|%223%22)/);
    const found = page.getByRole('region', { name: 'What was found' });
    await expect.poll(() => found.getByRole('button').count(), soon).toBe(1);
    await found.getByText('sh -c "exit 3"').waitFor();
    await accessible();

    await page.getByRole('button', { name: 'Save search' }).click();
    await page.getByRole('dialog').getByLabel('Name').fill('Exit three');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    const kept = page.getByRole('link', { name: 'Exit three' });
    await kept.waitFor();
    await page.goto(`${server.url}/commands?range=day`);
    await kept.click();
    await page.waitForURL(/q=exit&exit=/);
    await expect.poll(() => found.getByRole('button').count(), soon).toBe(1);
    await page.getByRole('button', { name: 'Delete saved search Exit three' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await kept.waitFor({ state: 'detached' });
  });

  it('a masked secret leads to where else it was typed; exports come with their proof', async () => {
    await page.goto(`${server.url}/commands?q=mysqldump`);
    const found = page.getByRole('region', { name: 'What was found' });
    await found.locator('.cmd-mask').click();
    await page.waitForURL(/token=/);
    await expect.poll(() => found.getByRole('button').count(), soon).toBe(2);
    expect(await found.innerText()).not.toContain('TopS3cretWord');
    for (const [name, isRight] of [
      ['JSONL', (text: string) => text.trim().split('\n').length === 2],
      ['CSV', (text: string) => text.includes('mysqldump')],
      ['JSONL with proof', (text: string) => text.startsWith('{"kind":"header"') && text.includes('"found":true')],
      ['CSV with proof', (text: string) => text.includes('mysqldump') && text.includes('""kind"":""checkpoint""')],
      ['Proof', (text: string) => text.startsWith('{"kind":"header"')],
    ] as const) {
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('link', { name, exact: true }).click(),
      ]);
      const chunks: Buffer[] = [];
      for await (const chunk of await download.createReadStream()) chunks.push(chunk as Buffer);
      expect(isRight(Buffer.concat(chunks).toString()), name).toBe(true);
    }
  });

  it('shows all that one login did, and how completely its host is recorded', async () => {
    const [first] = (await api.json<CommandPage>('GET', '/commands?q=first&kinds=start')).commands;
    await page.goto(`${server.url}/sessions/${encodeURIComponent(first?.sessionId ?? '')}?host=${first?.hostId}`);
    await page.getByRole('heading', { level: 1 }).filter({ hasText: 'on web-1' }).waitFor();
    const texts = await page.locator('.session .cmd-text').allInnerTexts();
    expect(texts.slice(0, 2)).toEqual(['true first', 'sh -c "exit 3"']);
    await accessible();

    await page.getByRole('link', { name: 'web-1' }).first().click();
    await page.getByRole('heading', { name: 'web-1' }).waitFor();
    await expect.poll(() => page.title()).toBe('web-1 · Watchpost');
    const budget = page.getByRole('region', { name: 'Loss budget' });
    await budget.getByText('Even: nothing lost').waitFor();
    await page.getByRole('region', { name: 'Coverage' }).getByRole('link', { name: 'root' }).waitFor();
    await page.getByRole('region', { name: 'Chain' }).getByText('whole').waitFor();
    await page.getByText('site=main').waitFor();
    await accessible();
    await page.getByRole('button', { name: 'Edit' }).click();
    await page.getByRole('dialog').getByLabel('Labels').fill('site=lab\nteam=a=b');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByText('team=a=b').waitFor();
    await page.goto(`${server.url}/hosts`);
    await page.getByRole('button', { name: 'Add a host' }).click();
    await page.getByRole('button', { name: 'Make the command' }).click();
    const command = await page.getByRole('dialog').locator('pre').first().innerText();
    expect(command).toMatch(/^watchpost enrol --kind recorder --server \S+ --token \S+ --no-run && watchpost recorder install$/);
    await accessible();
  });

  /** What a finger could miss: controls lower than 40 px. A box to check is as high as its label. */
  const lowControls = () =>
    page.evaluate(() =>
      [
        ...document.querySelectorAll<HTMLElement>(
          'button, summary, .nav a, input:not([type=checkbox], [type=radio], .mantine-MultiSelect-inputField), [role=option]',
        ),
      ]
        .filter((element) => element.checkVisibility() && element.getBoundingClientRect().height < 40)
        .map((element) => `${element.outerHTML.slice(0, 80)} ${element.getBoundingClientRect().height}`),
    );

  it('speaks 中文, in the dark, on a phone, without a sideways scroll, for fingers', async () => {
    const [host] = await api.json<{ id: string }[]>('GET', '/hosts');
    await page.evaluate(() => localStorage.setItem('watchpost-language', 'zh'));
    await page.setViewportSize({ width: 390, height: 844 });
    await page.emulateMedia({ colorScheme: 'dark' });
    for (const path of ['/live', '/commands', '/hosts', `/hosts/${host?.id}`]) {
      await page.goto(`${server.url}${path}`);
      await page.locator('html[lang^=zh]').waitFor({ state: 'attached' });
      await page.getByRole('heading', { level: 1 }).waitFor();
      await page.getByText('web-1').or(page.getByText('全部主机')).first().waitFor();
      expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth), path).toBeLessThanOrEqual(0);
      expect(await lowControls(), path).toEqual([]);
      if (path.startsWith('/live') || path === `/hosts/${host?.id}`) await accessible();
    }
  });

  it('had no error in the browser on the whole way', () => {
    expect(complaints).toEqual([]);
  });
});
