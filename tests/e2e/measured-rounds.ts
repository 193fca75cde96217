import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { StoredResult } from '@watchpost/contracts/api/quality';
import type { ApiClient } from '@watchpost/testkit/api-client';

const HOUR_MS = 3_600_000;
/** A probe measures again what it measured while its machine was busy: then there are two results of one round. */
export const UNHURRIED = ['--overload-ms', '10000'] as const;
export const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Asks again until the answer is what is waited for; gives the last answer when the time is up. */
export async function eventually<T>(ask: () => Promise<T>, isEnough: (value: T) => boolean, timeoutMs: number): Promise<T> {
  const end = performance.now() + timeoutMs;
  for (;;) {
    const value = await ask();
    if (isEnough(value) || performance.now() > end) return value;
    await pause(250);
  }
}

export async function createTarget(client: ApiClient, url: string, name: string, intervalS: number): Promise<string> {
  const { id } = await client.json<{ readonly id: string }>('POST', '/targets', {
    name,
    check: { kind: 'http', url },
    vantages: ['ct'],
    intervalS,
  });
  return id;
}

/** No more is measured from the next rounds on: what the exports of several targets hold can be compared. */
export async function pauseTargets(client: ApiClient, targetIds: readonly string[]): Promise<void> {
  for (const id of targetIds) await client.json('PATCH', `/targets/${id}`, { paused: true });
}

/** All stored results of a target in the last day, oldest first, by the export. */
export async function exported(client: ApiClient, targetId: string): Promise<readonly StoredResult[]> {
  const now = Date.now();
  const answer = await client.request('GET', `/targets/${targetId}/results.json?from=${now - 24 * HOUR_MS}&to=${now + HOUR_MS}`);
  const text = await answer.text();
  if (!answer.ok) throw new Error(`export: ${answer.status} ${text.slice(0, 300)}`);
  const parsed = JSON.parse(text) as readonly StoredResult[] | { readonly results: readonly StoredResult[] };
  return 'results' in parsed ? parsed.results : parsed;
}

/** Of several targets, one after another: a server makes only a few exports at once. */
export async function exportedAll(client: ApiClient, targetIds: readonly string[]): Promise<readonly StoredResult[]> {
  const results: StoredResult[] = [];
  for (const id of targetIds) results.push(...(await exported(client, id)));
  return results;
}

export const sequenceOf = (result: StoredResult): number => Number(result.id.split(':').at(-1));

/** A web site for real probes to measure. */
export async function startSite(): Promise<AsyncDisposable & { readonly url: string }> {
  const site = createServer((_, response) => response.end('ok'));
  await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(site.address() as AddressInfo).port}/`,
    [Symbol.asyncDispose]: () => new Promise((resolve) => site.close(() => resolve())),
  };
}

/** Sequences that are not there although a higher one of the same agent and epoch is. */
export function missing(results: readonly StoredResult[]): readonly string[] {
  const byEpoch = Map.groupBy(results, (result) => result.id.split(':').slice(0, 2).join(':'));
  return [...byEpoch].flatMap(([epoch, own]) => {
    const sequences = new Set(own.map(sequenceOf));
    return Array.from({ length: Math.max(...sequences) }, (_, index) => index + 1)
      .filter((sequence) => !sequences.has(sequence))
      .map((sequence) => `${epoch}:${sequence}`);
  });
}
