import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const EXECUTABLES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'] as const;
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
] as const;

/** The browser of the machine; null when it has none. `WATCHPOST_CHROMIUM` names another one. */
export function findChromium(): string | null {
  return process.env['WATCHPOST_CHROMIUM'] ?? EXECUTABLES.find((path) => existsSync(path)) ?? null;
}

/** Starts Chromium without a window. Rejects when there is none. */
export async function launchChromium(): Promise<Browser> {
  const executablePath = findChromium();
  if (executablePath === null) throw new Error('Chromium is not installed: apt-get install chromium');
  return chromium.launch({ executablePath, headless: true, args: [...FLAGS], timeout: 60_000 });
}
