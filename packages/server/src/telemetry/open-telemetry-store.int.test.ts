import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTempDir, type TempDir } from '@watchpost/testkit/temp-dir';
import { resultRecord, withWait } from './result-fixtures.ts';
import { deliver, openTestStore, settableClock } from './store-for-tests.ts';

const START = Date.UTC(2026, 5, 1);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

describe('the telemetry store', () => {
  let dir: TempDir;
  let store: Awaited<ReturnType<typeof openTestStore>>;
  const clock = settableClock(START + 4 * HOUR);

  beforeAll(async () => {
    dir = await createTempDir('store');
    store = await openTestStore(dir.path, clock);
  });
  afterAll(async () => {
    await store.close();
    await dir.remove();
  });

  test('gives back every field of a result', async () => {
    const plain = resultRecord({ sequence: 1, targetId: 'fields', roundAt: START });
    const failed = resultRecord({
      sequence: 2,
      targetId: 'fields',
      roundAt: START + MINUTE,
      outcome: 'down',
      fault: 'network',
      errorCode: 'connect-timeout',
      errorText: 'no answer — 超时 \' " \\ \n',
      httpStatus: null,
      connectUs: null,
      appConnectUs: null,
      preTransferUs: null,
      startTransferUs: null,
      totalUs: 3_600_000_000,
      hops: [
        {
          url: 'https://shop.example/',
          status: null,
          remoteIp: null,
          httpVersion: null,
          tlsVersion: null,
          phases: { dnsUs: null, connectUs: 3_600_000_000, tlsUs: null, requestUs: null, waitUs: null, receiveUs: null },
        },
      ],
      contentLength: null,
      speedDownload: 0.5,
      speedTransfer: null,
      remoteIp: null,
      ipFamily: null,
      resolver: null,
      httpVersion: null,
      tlsVersion: null,
      certExpiresAt: null,
      fileTime: -1,
      uncertaintyUs: null,
      details: { answers: 'a, b', loss: 0.25, isOk: false, nothing: null },
      remeasured: true,
      bodyTruncated: true,
      sizeDownload: Number.MAX_SAFE_INTEGER,
    });
    const redirected = resultRecord({
      sequence: 3,
      targetId: 'fields',
      roundAt: START + 2 * MINUTE,
      redirectCount: 1,
      redirectUs: 25_000,
      totalUs: 99_000,
      hops: [
        {
          url: 'http://shop.example/',
          status: 301,
          remoteIp: '192.0.2.7',
          httpVersion: '1.1',
          tlsVersion: null,
          phases: { dnsUs: 5_000, connectUs: 10_000, tlsUs: null, requestUs: 0, waitUs: 10_000, receiveUs: 0 },
        },
        ...resultRecord({ sequence: 1 }).hops,
      ],
    });
    const noHops = resultRecord({
      sequence: 4,
      targetId: 'fields',
      roundAt: START + 3 * MINUTE,
      hops: [],
      series: 'v6',
      kind: 'icmp',
    });
    const all = [plain, failed, redirected, noHops];
    expect(await deliver(store, all)).toEqual({ inserted: 4 });
    for (const record of all) {
      const { sequence, ...result } = record;
      const { id, receivedAt, ...stored } = (await store.result({ agentId: 'agent-1', epoch: 1, sequence })) ?? {
        id: '',
        receivedAt: 0,
      };
      expect(stored).toEqual(result);
      expect(id).toBe(`agent-1:1:${sequence}`);
      expect(receivedAt).toBeGreaterThanOrEqual(clock.wallMs());
    }
    expect(await store.result({ agentId: 'agent-1', epoch: 1, sequence: 99 })).toBeNull();
  });

  test('shows a series before and after the rollup, the same', async () => {
    const records = Array.from({ length: 180 }, (_, index) =>
      withWait(
        resultRecord({
          sequence: 1_000 + index,
          targetId: 'series',
          roundAt: START + index * MINUTE,
          ...(index % 10 === 9 ? { outcome: 'down', fault: 'target', errorCode: 'status', httpStatus: 500 } : {}),
        }),
        40_000 + index * 100,
      ),
    );
    await deliver(store, records.slice(0, 100));
    const query = {
      targetId: 'series',
      vantages: ['ct'],
      tz: 'Asia/Kolkata',
      maxPoints: 100,
      intervalS: 60,
      from: START,
      to: START + 3 * HOUR,
    };
    await store.rollUp();
    await deliver(store, records.slice(95));
    const before = await store.series(query);
    await store.rollUp();
    const after = await store.series(query);
    expect(before).toEqual(after);
    expect(after.bucketS).toBe(120);
    expect(after.tier).toBe('1m');
    expect(after.buckets).toHaveLength(90);
    const [line] = after.lines;
    expect(line?.count.every((count) => count === 2)).toBe(true);
    expect(line?.summary).toMatchObject({ count: 180, availability: 0.9, coverage: 1 });
    expect(line?.totalAvg[0]).toBeCloseTo((72_000 + 72_100) / 2 / 1_000, 6);
    const sums = line?.totalAvg.map((_, slot) =>
      Object.values(line.phases).reduce((sum, points) => sum + (points[slot] ?? 0), 0),
    );
    sums?.forEach((sum, slot) => expect(sum).toBeCloseTo(line?.totalAvg[slot] ?? -1, 6));
    const times = records.filter(({ outcome }) => outcome === 'up').map(({ totalUs }) => totalUs / 1_000);
    const p95 = times.toSorted((a, b) => a - b)[Math.ceil(0.95 * times.length) - 1] ?? 0;
    expect(Math.abs((line?.summary.p95 ?? 0) / p95 - 1)).toBeLessThan(0.0101);
    expect(line?.legend['waitUs']?.max).toBeCloseTo(57.8, 6);

    // Days of a zone that lies half an hour beside ours have 48 rows of the tier that fits: the engine merges them.
    const days = await store.series({ ...query, from: START - 2 * 24 * HOUR, to: START + 24 * HOUR, maxPoints: 4 });
    expect(days).toMatchObject({ bucketS: 86_400, tier: '30m' });
    const [ofDays] = days.lines;
    expect(ofDays?.count.reduce((sum, count) => sum + count, 0)).toBe(180);
    expect(ofDays?.legend).toMatchObject({ totalUs: { avg: line?.legend['totalUs']?.avg, max: line?.legend['totalUs']?.max } });
    expect({ ...ofDays?.summary, coverage: 1 }).toEqual({ ...line?.summary, coverage: 1 });
  });

  test('pages, filters and exports single results', async () => {
    const query = {
      targetId: 'series',
      vantages: [],
      outcomes: [],
      errorCode: null,
      search: '',
      from: START,
      to: START + 3 * HOUR,
      limit: 50,
      cursor: null,
    };
    const seen: number[] = [];
    for (let cursor: string | null = null, pages = 0; pages === 0 || cursor !== null; pages += 1) {
      const page = await store.results({ ...query, cursor });
      seen.push(...page.results.map(({ roundAt }) => roundAt));
      cursor = page.next;
      expect(pages).toBeLessThan(10);
    }
    expect(seen).toEqual(Array.from({ length: 180 }, (_, index) => START + (179 - index) * MINUTE));
    expect((await store.results({ ...query, outcomes: ['down'] })).results).toHaveLength(18);
    expect((await store.results({ ...query, errorCode: 'status', search: '500' })).results).toHaveLength(18);
    const exported = [];
    for await (const result of store.exportResults(query)) exported.push(result.roundAt);
    expect(exported).toEqual(seen.toReversed());
    await expect(store.results({ ...query, cursor: 'x' })).rejects.toMatchObject({ code: 'bad-request' });
  });

  test('text in a query is a value, never SQL', async () => {
    const hostile = ["' OR 1=1 --", '") OR 1=1', "\\' OR '1'='1", '{targetId:String}', "x'; DROP TABLE results; --", '%', '\0'];
    for (const text of hostile) {
      const query = {
        targetId: text,
        vantages: [text],
        outcomes: [],
        errorCode: text,
        search: text,
        from: 0,
        to: START * 2,
        limit: 10,
        cursor: null,
      };
      expect((await store.results(query)).results).toEqual([]);
      expect((await store.results({ ...query, targetId: 'series', vantages: [], errorCode: null })).results).toEqual([]);
      const series = await store.series({
        targetId: text,
        vantages: [text],
        tz: 'UTC',
        maxPoints: 10,
        intervalS: 60,
        from: START,
        to: START + HOUR,
      });
      expect(series.lines).toEqual([]);
      await expect(
        store.series({ targetId: 'series', vantages: [], tz: text, maxPoints: 10, intervalS: 60, from: START, to: START + HOUR }),
      ).rejects.toMatchObject({ code: 'bad-request' });
      await store.deleteTarget(text);
    }
    expect((await store.statistics()).rawRows).toBe(184);
  });

  test('knows the newest result of each line and since when it is so', async () => {
    const latest = await store.latest();
    const down = latest.find(({ targetId }) => targetId === 'series');
    expect(down).toMatchObject({
      outcome: 'down',
      since: START + 179 * MINUTE,
      roundAt: START + 179 * MINUTE,
      httpStatus: 500,
      errorCode: 'status',
      fault: 'target',
    });
    await deliver(
      store,
      [1, 2, 3].map((index) =>
        resultRecord({ sequence: 2_000 + index, targetId: 'series', roundAt: START + (179 + index) * MINUTE }),
      ),
    );
    expect((await store.latest()).find(({ targetId }) => targetId === 'series')).toMatchObject({
      outcome: 'up',
      since: START + 180 * MINUTE,
      roundAt: START + 182 * MINUTE,
      errorCode: null,
    });
    expect((await store.latest()).find(({ targetId, series }) => targetId === 'fields' && series === 'any')).toMatchObject({
      outcome: 'up',
      since: START + 2 * MINUTE,
    });
  });

  test('gives small statistics of all lines', async () => {
    await store.rollUp();
    const lines = await store.overview({ from: START, to: START + 3 * HOUR, slots: 36 });
    const line = lines.find(({ targetId }) => targetId === 'series');
    expect(line?.sparkline).toHaveLength(36);
    expect(line?.sparkline[0]).toBeCloseTo(72.2, 6);
    expect(line?.sparklineDown[1]).toBeCloseTo(0.2, 6);
    expect(line).toMatchObject({ availability: 0.9, count: 180 });
    expect(line?.p95Ms).toBeGreaterThan(85);
  });

  test('a line of which nothing succeeded has no percentile: it is not 0', async () => {
    const from = START;
    await deliver(store, [
      resultRecord({
        sequence: 4_000,
        targetId: 'never-up',
        roundAt: from,
        outcome: 'down',
        fault: 'target',
        errorCode: 'status',
      }),
    ]);
    await store.rollUp();
    const lines = await store.overview({ from, to: from + HOUR, slots: 12 });
    expect(lines.find(({ targetId }) => targetId === 'never-up')).toMatchObject({ p95Ms: null, availability: 0, count: 1 });
  });

  test('removes a target and does not take its results in again', async () => {
    const record = resultRecord({ sequence: 5_000, targetId: 'gone', roundAt: START });
    await deliver(store, [record]);
    await store.deleteTarget('gone');
    expect(await deliver(store, [record])).toEqual({ inserted: 0 });
    expect((await store.latest()).some(({ targetId }) => targetId === 'gone')).toBe(false);
  });
});
