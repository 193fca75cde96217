import { TEST_ADMIN } from '@watchpost/testkit/api-client';
import type { Browser, Page } from 'playwright-core';

/** A live page in Chromium, of all hosts. */
export async function openLivePage(browser: Browser, url: string): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  const { email, password } = TEST_ADMIN;
  const login = await context.request.post(`${url}/api/v1/session`, { headers: { origin: url }, data: { email, password } });
  if (!login.ok()) throw new Error(`login: ${login.status()} ${await login.text()}`);
  const page = await context.newPage();
  await page.goto(`${url}/live`);
  await page.getByRole('listbox').waitFor({ timeout: 60_000 });
  return page;
}

/**
 * Notes when each `lat-<number>` is first on the screen: Unix ms, after the frame in which the line was drawn has been
 * painted. `stop` gives the times by number.
 */
export async function watchMarks(page: Page): Promise<{ readonly stop: () => Promise<ReadonlyMap<number, number>> }> {
  await page.evaluate(() => {
    const seen = new Map<number, number>();
    let isAsked = false;
    const look = () => {
      isAsked = false;
      const at = performance.timeOrigin + performance.now();
      for (const line of document.querySelectorAll('.cmd-stream .cmd-text')) {
        const number = Number(/lat-(\d+)/.exec(line.textContent)?.[1] ?? Number.NaN);
        if (!Number.isNaN(number) && !seen.has(number)) seen.set(number, at);
      }
    };
    const observer = new MutationObserver(() => {
      if (isAsked) return;
      isAsked = true;
      // A task that a frame's callback asks for runs after that frame was painted.
      requestAnimationFrame(() => setTimeout(look, 0));
    });
    observer.observe(document.body, { childList: true, subtree: true, characterData: true });
    Object.assign(window, { stopMarks: () => (observer.disconnect(), [...seen]) });
  });
  return {
    stop: async () =>
      new Map(await page.evaluate(() => (window as unknown as { stopMarks: () => [number, number][] }).stopMarks())),
  };
}

/** Frames and tasks of a page over a time. */
export type Smoothness = {
  readonly frames: number;
  /** Of a screen that shows 60 a second. */
  readonly dropped: number;
  readonly longestFrameMs: number;
  /** Tasks of more than 50 ms. */
  readonly longTasks: number;
  readonly longestTaskMs: number;
};

export async function watchFrames(page: Page, ms: number): Promise<Smoothness> {
  return await page.evaluate(
    (duration) =>
      new Promise<Smoothness>((resolve) => {
        const frameMs = 1_000 / 60;
        const tasks: number[] = [];
        const observer = new PerformanceObserver((list) => tasks.push(...list.getEntries().map((entry) => entry.duration)));
        observer.observe({ type: 'longtask' });
        const gaps: number[] = [];
        let last = performance.now();
        const begin = last;
        const frame = (now: number) => {
          gaps.push(now - last);
          last = now;
          if (now - begin < duration) requestAnimationFrame(frame);
          else {
            observer.disconnect();
            resolve({
              frames: gaps.length,
              dropped: gaps.reduce((sum, gap) => sum + Math.max(0, Math.round(gap / frameMs) - 1), 0),
              longestFrameMs: Math.max(...gaps),
              longTasks: tasks.length,
              longestTaskMs: Math.max(0, ...tasks),
            });
          }
        };
        requestAnimationFrame(frame);
      }),
    ms,
  );
}
