import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openAccounts } from '../identity/accounts.ts';
import { createAuditLogStore } from './audit-log-store.ts';
import { type Catalog, openCatalog } from './catalog.ts';
import { createEnrolmentTokenStore } from './enrolment-token-store.ts';
import { createGapStore } from './gap-store.ts';
import { createUserStore } from './user-store.ts';
import { openVantageStore } from './vantage-store.ts';

const DAY_MS = 86_400_000;
const NOW = Date.UTC(2030, 0, 1);
const dir = mkdtempSync(join(tmpdir(), 'watchpost-catalog-'));
let catalog: Catalog;
beforeAll(async () => {
  catalog = await openCatalog(dir);
});
afterAll(async () => {
  await catalog.destroy();
  rmSync(dir, { recursive: true, force: true });
});

it('forgets entries of the log of deeds for their age, and the oldest beyond the limit', async () => {
  const log = createAuditLogStore(catalog, 3);
  const entry = { actor: 'a', action: 'b', subject: 'c', sourceIp: null, detail: null };
  for (const at of [NOW - 400 * DAY_MS, NOW - 399 * DAY_MS]) await log.add({ at, ...entry });
  await log.prune(NOW - 399 * DAY_MS);
  expect(await log.list(null, 10)).toHaveLength(1);
  for (let count = 0; count < 4; count++) await log.add({ at: NOW, ...entry });
  await log.prune(null);
  expect((await log.list(null, 10)).map(({ at }) => at)).toEqual([NOW, NOW, NOW]);
});

it('forgets tokens that are over for a week', async () => {
  await (await openVantageStore(catalog)).insert({ code: 'ct', name: 'ct', color: null }, 'page', NOW);
  const tokens = createEnrolmentTokenStore(catalog);
  await tokens.insert({ tokenHash: 'old', vantage: 'ct', createdAt: 0, expiresAt: NOW - 8 * DAY_MS });
  await tokens.insert({ tokenHash: 'new', vantage: 'ct', createdAt: 0, expiresAt: NOW - 6 * DAY_MS });
  await tokens.prune(NOW);
  expect(await catalog.selectFrom('enrolmentToken').select('tokenHash').execute()).toEqual([{ tokenHash: 'new' }]);
});

it('forgets sessions that are over, and no others', async () => {
  const users = createUserStore(catalog);
  const accounts = await openAccounts({ catalog, users, secret: 'x'.repeat(43), baseUrl: 'http://127.0.0.1' });
  await accounts.create({ email: 'a@example.com', name: 'a', password: 'a long password', role: 'viewer' });
  const sessions = async () => (await catalog.selectFrom('session').select('id').execute()).length;
  await accounts.signIn('a@example.com', 'a long password', new Headers());
  await accounts.prune(Date.now() + 6 * DAY_MS);
  expect(await sessions()).toBe(1);
  await accounts.prune(Date.now() + 8 * DAY_MS);
  expect(await sessions()).toBe(0);
});

it('keeps the newest gaps of an agent, and none that are too old', async () => {
  const gaps = createGapStore(catalog);
  const agent = { agentId: 'a', vantage: 'ct' };
  const gap = (epoch: number, toAt: number) => ({ epoch, first: 1, last: 2, fromAt: toAt + 5, toAt, reason: 'age' });
  await gaps.insert(
    agent,
    Array.from({ length: 10_001 }, (_, index) => gap(index, NOW + index)),
    NOW,
  );
  expect((await gaps.totals()).get('a')).toBe(20_000);
  await gaps.prune(NOW + 9_999);
  expect((await gaps.inRange(['ct'], 0, NOW * 2)).length).toBeLessThanOrEqual(10);
  expect((await gaps.inRange(['ct'], 0, NOW * 2))[0]).toMatchObject({ records: 2 });
});
