import type { TimedServer } from '@watchpost/testkit/timed-server';
import { addressOf, isTlsPlan, type Sample } from '../timed-targets.ts';
import type { BlackboxTool } from './blackbox-tool.ts';

/** Scrapes blackbox_exporter for these plans in turn, so many times, at a rate per second; as Prometheus does, without catching up. */
export async function scrapeBlackbox(
  blackbox: BlackboxTool,
  server: TimedServer,
  options: { readonly plans: readonly number[]; readonly count: number; readonly rate: number },
): Promise<readonly Sample[]> {
  const { plans, count, rate } = options;
  const begin = performance.now();
  const running: Promise<Sample>[] = [];
  for (let index = 0; index < count; index += 1) {
    const waitMs = begin + (index * 1_000) / rate - performance.now();
    if (waitMs > 1) await new Promise((resolve) => setTimeout(resolve, waitMs));
    running.push(scrape(blackbox, server, plans[index % plans.length] ?? 0));
  }
  return Promise.all(running);
}

async function scrape(blackbox: BlackboxTool, server: TimedServer, plan: number): Promise<Sample> {
  const startedAt = Date.now();
  const text = await blackbox.metrics(addressOf(plan, server));
  if (!text.includes('\nprobe_success 1')) throw new Error(`blackbox_exporter failed: ${text.slice(-300)}`);
  const phase = (name: string) =>
    Number(new RegExp(`^probe_http_duration_seconds\\{phase="${name}"\\} (\\S+)$`, 'm').exec(text)?.[1] ?? 0) * 1e6;
  const nameLookupUs = phase('resolve');
  const connectUs = nameLookupUs + phase('connect');
  const appConnectUs = connectUs + phase('tls');
  const startTransferUs = appConnectUs + phase('processing');
  const totalUs = startTransferUs + phase('transfer');
  const times = {
    nameLookupUs,
    connectUs,
    appConnectUs: isTlsPlan(plan) ? appConnectUs : null,
    startTransferUs,
    totalUs,
  };
  return { plan, startedAt, times, uncertaintyUs: null };
}
