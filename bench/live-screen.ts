import type { LiveCommands } from '@watchpost/contracts/api/audit';
import { TEST_ADMIN } from '@watchpost/testkit/api-client';
import type { Browser, Page } from 'playwright-core';

/** A live page in Chromium, of all hosts. */
export async function openLivePage(browser: Browser, url: string): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  const { email, password } = TEST_ADMIN;
  const login = await context.request.post(`${url}/api/v1/session`, { headers: { origin: url }, data: { email, password } });
  if (!login.ok()) throw new Error(`login: ${login.status()} ${await login.text()}`);
  const page = await context.newPage();
  await page.addInitScript(noteArrivals);
  await page.goto(`${url}/live`);
  await page.getByRole('listbox').waitFor({ timeout: 60_000 });
  return page;
}

/** Where a command was on its way, Unix ms: in the server's hands, in the page's, painted. */
export type Passed = { readonly receivedAt: number; readonly arrivedAt: number; readonly paintedAt: number };

/** In the page, before its own code: notes when the event with each `lat-<number>` came, and when the server had got it. */
function noteArrivals(): void {
  const arrivals = new Map<number, readonly [receivedAt: number, arrivedAt: number]>();
  Object.assign(window, { arrivals });
  const Plain = window.EventSource;
  window.EventSource = class extends Plain {
    constructor(url: string | URL, init?: EventSourceInit) {
      super(url, init);
      this.addEventListener('commands', ({ data }: MessageEvent<string>) => {
        const at = performance.timeOrigin + performance.now();
        if (!data.includes('lat-')) return;
        for (const { text, receivedAt } of (JSON.parse(data) as LiveCommands).commands) {
          const number = Number(/lat-(\d+)/.exec(text ?? '')?.[1] ?? Number.NaN);
          if (!Number.isNaN(number)) arrivals.set(number, [receivedAt, at]);
        }
      });
    }
  };
}

/**
 * Notes when each `lat-<number>` is first on the screen: after the frame in which the line was drawn has been painted.
 * `stop` gives what was seen by number.
 */
export async function watchMarks(page: Page): Promise<{ readonly stop: () => Promise<ReadonlyMap<number, Passed>> }> {
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
    const { arrivals } = window as unknown as { readonly arrivals: ReadonlyMap<number, readonly [number, number]> };
    const stopMarks = () => {
      observer.disconnect();
      return [...seen].map(([number, paintedAt]) => {
        const [receivedAt, arrivedAt] = arrivals.get(number) ?? [Number.NaN, Number.NaN];
        return [number, { receivedAt, arrivedAt, paintedAt }];
      });
    };
    Object.assign(window, { stopMarks });
  });
  return {
    stop: async () =>
      new Map(await page.evaluate(() => (window as unknown as { stopMarks: () => [number, Passed][] }).stopMarks())),
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
