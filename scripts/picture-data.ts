import type { UnchainedCommand } from '@watchpost/contracts/commands/command';
import type { ErrorCode } from '@watchpost/contracts/results/error-codes';
import type { Outcome } from '@watchpost/contracts/results/outcome';
import type { ResultRecord } from '@watchpost/contracts/results/result';
import type { Target } from '@watchpost/contracts/targets/target';
import type { ApiClient } from '@watchpost/testkit/api-client';
import { createBatchSender, encodeBatch, enrolAgent } from '@watchpost/testkit/batch-sender';
import { PLAIN_COMMAND } from '@watchpost/testkit/command-chain';
import { createCommandSender, enrolHost } from '@watchpost/testkit/command-sender';
import { createRecordMaker } from '@watchpost/testkit/result-records';

const MINUTES = 175;
const PER_BATCH = 1_000;
const VANTAGES = [
  { code: 'ct', name: '中国电信 上海', slower: 1 },
  { code: 'cnc', name: 'China Unicom', slower: 1.6 },
  { code: 'cmcc', name: 'China Mobile, Guangzhou', slower: 2.2 },
] as const;

type Trouble = {
  readonly at: readonly string[];
  /** Minutes before now at which it began. */
  readonly since: number;
  readonly outcome: Outcome;
  readonly fault: ResultRecord['fault'];
  readonly code: ErrorCode;
  readonly text: string;
};
type Service = { readonly name: string; readonly group: string; readonly check: object; readonly trouble?: Trouble };

const SERVICES: readonly Service[] = [
  {
    name: 'Payment gateway',
    group: 'shop/payment',
    check: { kind: 'http', url: 'https://pay.example.org/api/v2/authorise' },
    trouble: {
      at: ['ct', 'cnc', 'cmcc'],
      since: 45,
      outcome: 'down',
      fault: 'target',
      code: 'connect-refused',
      text: 'connect to 203.0.113.7:443: connection refused',
    },
  },
  {
    name: 'DNS of example.org',
    group: 'infra',
    check: { kind: 'dns', name: 'example.org' },
    trouble: {
      at: ['cmcc'],
      since: 15,
      outcome: 'down',
      fault: 'network',
      code: 'dns-timeout',
      text: '203.0.113.9:53 did not answer within 5000 ms',
    },
  },
  {
    name: '用户中心登录接口',
    group: '用户/登录',
    check: { kind: 'http', url: 'https://login.example.cn/healthz' },
    trouble: {
      at: ['ct', 'cnc'],
      since: 25,
      outcome: 'degraded',
      fault: 'target',
      code: 'slow',
      text: 'max-time: Total took 812 ms, at most 500 ms',
    },
  },
  { name: 'Shop front page', group: 'shop', check: { kind: 'http', url: 'https://shop.example.org/' } },
  { name: 'Search', group: 'shop', check: { kind: 'http', url: 'https://search.example.org/?q=watch' } },
  { name: 'Mail', group: 'infra', check: { kind: 'tls', host: 'mail.example.org', port: 993 } },
];

/** Three vantage points, services of all moods with three hours of results, two hosts on which people type. */
export async function fillForPictures(client: ApiClient): Promise<{ readonly chartTargetId: string }> {
  for (const { code, name } of VANTAGES) await client.json('POST', '/vantages', { code, name });
  const ids: string[] = [];
  for (const { name, group, check } of SERVICES) {
    const draft = { name, group, check, vantages: VANTAGES.map(({ code }) => code), intervalS: 60, alarmMs: null };
    ids.push((await client.json<Target>('POST', '/targets', draft)).id);
  }
  for (const vantage of VANTAGES) await sendResults(client, vantage, ids);
  await sendCommands(client);
  return { chartTargetId: ids[3] ?? '' };
}

async function sendResults(client: ApiClient, vantage: (typeof VANTAGES)[number], targetIds: readonly string[]): Promise<void> {
  const { agentId, key } = await enrolAgent(client, vantage.code, `probe-${vantage.code}`);
  const now = Math.floor(Date.now() / 60_000) * 60_000;
  const from = now - (MINUTES - 1) * 60_000;
  const make = createRecordMaker({ agentId, vantage: vantage.code, targetIds, from, intervalS: 60, seed: vantage.code.length });
  const sender = createBatchSender(client.url, key);
  const total = MINUTES * targetIds.length;
  for (let first = 1; first <= total; first += PER_BATCH) {
    const records = Array.from({ length: Math.min(PER_BATCH, total - first + 1) }, (_, index) =>
      told(make(first + index), SERVICES[(first + index - 1) % targetIds.length], vantage.slower, now),
    );
    const { status, text, answer } = await sender.send(await encodeBatch(from, records));
    if (answer === null || answer.refusedCount > 0) throw new Error(`the server answered ${status} ${text}`);
  }
  sender.close();
}

/** The record as the service would have given it: farther away all takes longer, and what fails has no times. */
function told(record: ResultRecord, service: Service | undefined, slower: number, now: number): ResultRecord {
  const times = (us: number | null) => (us === null ? null : Math.round(us * slower));
  const trouble = service?.trouble;
  const isTroubled = trouble?.at.includes(record.vantage) === true && record.roundAt > now - trouble.since * 60_000;
  const [hop] = record.hops;
  if (hop === undefined) return record;
  const phases = Object.fromEntries(Object.entries(hop.phases).map(([name, us]) => [name, times(us)])) as typeof hop.phases;
  const totalUs = Object.values(phases).reduce<number>((sum, us) => sum + (us ?? 0), 0);
  const startTransferUs = totalUs - (phases.receiveUs ?? 0);
  const fine: ResultRecord = {
    ...record,
    outcome: 'up',
    fault: null,
    errorCode: null,
    errorText: null,
    httpStatus: 200,
    nameLookupUs: phases.dnsUs,
    connectUs: (phases.dnsUs ?? 0) + (phases.connectUs ?? 0),
    appConnectUs: (phases.dnsUs ?? 0) + (phases.connectUs ?? 0) + (phases.tlsUs ?? 0),
    preTransferUs: (phases.dnsUs ?? 0) + (phases.connectUs ?? 0) + (phases.tlsUs ?? 0),
    startTransferUs,
    totalUs,
    hops: [{ ...hop, status: 200, phases }],
  };
  if (!isTroubled || trouble === undefined) return fine;
  return { ...fine, outcome: trouble.outcome, fault: trouble.fault, errorCode: trouble.code, errorText: trouble.text };
}

type Typed = {
  readonly host: number;
  readonly user: string;
  readonly text: string;
  readonly exit?: number;
} & Partial<UnchainedCommand>;
const TYPED: readonly Typed[] = [
  { host: 0, user: 'ann', text: 'cd /srv/shop && git pull --ff-only' },
  { host: 0, user: 'ann', text: 'systemctl status shop-api.service --no-pager' },
  { host: 1, user: 'root', loginUser: 'li', text: 'tail -n 200 /var/log/postgresql/postgresql-17-main.log | grep -i deadlock' },
  { host: 0, user: 'ann', text: 'curl -fsS https://shop.example.org/healthz | jq .database.status', exit: 22 },
  { host: 1, user: 'root', loginUser: 'li', text: ' psql -c "select pg_cancel_backend(4711)"', hidden: 'leading-space' },
  {
    host: 0,
    user: 'ann',
    text: 'export PGPASSWORD=••••••••••••',
    redactions: [{ at: 18, length: 12, rule: 'assignment', token: 'k7f2m9q4' }],
  },
  { host: 0, user: 'ann', text: "psql -h db-1 -U shop -c 'select count(*) from orders where state = 3'" },
  { host: 1, user: 'root', loginUser: 'li', text: 'df -h /var/lib/postgresql && free -m && uptime' },
  {
    host: 0,
    user: 'root',
    loginUser: 'ann',
    text: 'systemctl restart shop-api.service && journalctl -u shop-api -n 50 --no-pager',
  },
  { host: 1, user: 'root', loginUser: 'li', text: 'vim /etc/postgresql/17/main/conf.d/limits.conf' },
];

async function sendCommands(client: ApiClient): Promise<void> {
  const names = ['web-1', 'db-1'];
  const hosts = [];
  for (const [index, name] of names.entries()) hosts.push(await enrolHost(client, name, `127.0.1.${index + 1}`));
  const began = Date.now() - TYPED.length * 20_000;
  for (const [index, host] of hosts.entries()) {
    const sender = createCommandSender({ serverUrl: client.url, hostId: host.agentId, key: host.key });
    const records: UnchainedCommand[] = [];
    TYPED.forEach((typed, number) => {
      if (typed.host !== index) return;
      const { host: _, exit = 0, text, user, ...own } = typed;
      const at = (began + number * 20_000) * 1_000;
      const who = { user, uid: user === 'root' ? 0 : 1000, loginUser: user, loginUid: 1000, cwd: '/srv/shop', ...own };
      const place = {
        sessionId: `session-${index}`,
        shellId: `boot.${100 + index}.1`,
        tty: `pts/${index}`,
        sourceIp: `192.0.2.${7 + index}`,
      };
      const base = { ...PLAIN_COMMAND, ...who, ...place };
      records.push({ ...base, at, shellSequence: 2 * number + 1, text, textBytes: Buffer.byteLength(text) });
      records.push({
        ...base,
        kind: 'end',
        at: at + 180_000,
        shellSequence: 2 * number + 2,
        startOf: 2 * number + 1,
        startedAt: at,
        text: null,
        textBytes: null,
        exitCode: exit,
        durationUs: 180_000 + number * 40_000,
        redactions: [],
        hidden: null,
      });
    });
    await sender.send(records);
    sender.close();
  }
}
