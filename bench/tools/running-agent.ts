import type { EnrolmentToken } from '@watchpost/contracts/api/fleet';
import type { StoredResult } from '@watchpost/contracts/api/quality';
import type { ApiClient } from '@watchpost/testkit/api-client';
import { startWatchpost, type WatchpostProcess } from '@watchpost/testkit/watchpost-process';

/** A `watchpost probe` as a person runs it, joined to a server for one vantage point. */
export type InstalledAgent = { readonly start: () => WatchpostProcess };

/** Joins a server with a one-time token. The agent does not run yet. */
export async function installAgent(client: ApiClient, vantage: string, dataDir: string): Promise<InstalledAgent> {
  const { token } = await client.json<EnrolmentToken>('POST', '/agents/enrolment-tokens', { vantage });
  const args = ['--server', client.url, '--token', token, '--vantage', vantage, '--data', dataDir, '--no-run'];
  const joining = startWatchpost(['enrol', ...args]);
  const { code } = await joining.exit;
  if (code !== 0) throw new Error(`watchpost enrol ended with ${code}: ${joining.stderr()}`);
  return { start: () => startWatchpost(['probe', '--data-dir', dataDir]) };
}

/** All stored results of a target that began from `from` to `to` (Unix ms), by the export. */
export async function storedResults(
  client: ApiClient,
  targetId: string,
  from: number,
  to: number,
): Promise<readonly StoredResult[]> {
  // The export goes by rounds, which begin up to an interval before the measurement.
  const range = `from=${from - 120_000}&to=${to + 1_000}`;
  const results = await client.json<readonly StoredResult[]>('GET', `/targets/${targetId}/results.json?${range}`);
  return results.filter(({ startedAt }) => startedAt >= from && startedAt < to);
}
