import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { createCertificates } from './certificates.ts';
import { joinEvents } from './join-events.ts';
import { killChild } from './kill-child.ts';

/**
 * What a timed server saw of one measurement, each in µs of the machine's monotonic clock (CLOCK_MONOTONIC, the one
 * `process.hrtime` reads, the same in all processes); null: did not happen. `…Tx` is taken around the system call that
 * puts the bytes into the client's socket, so it is true to some 20 µs whatever the load of the server. `…Rx` is when the
 * server read the bytes: late by the server's own load.
 */
export type TimedEvents = {
  readonly id: number;
  readonly dnsRxUs: number | null;
  readonly dnsTxUs: number | null;
  readonly helloRxUs: number | null;
  readonly helloTxUs: number | null;
  readonly requestRxUs: number | null;
  readonly firstTxUs: number | null;
  readonly lastTxUs: number | null;
};

/** One message from a timed process: where it listens, or what it saw. */
export type TimedMessage =
  | { readonly kind: 'listening'; readonly dnsPort: number; readonly httpPort: number; readonly httpsPort: number }
  | { readonly kind: 'events'; readonly events: readonly TimedEvents[] };

export type TimedServer = AsyncDisposable & {
  /** `IP:PORT` of the DNS server that knows the names of timing plans. */
  readonly resolver: string;
  readonly httpPort: number;
  readonly httpsPort: number;
  readonly caPem: string;
  readonly caFile: string;
  /** Takes what was seen since the last call, by id; of a plan that was asked for several times, the last. */
  readonly takeEvents: () => Promise<ReadonlyMap<number, TimedEvents>>;
  /** Takes what was seen since the last call: each measurement of each plan, in the order in which they began. */
  readonly takeAllEvents: () => Promise<readonly TimedEvents[]>;
  readonly close: () => Promise<void>;
};

const MAIN = fileURLToPath(new URL('timed-server-main.ts', import.meta.url));
const START_TIMEOUT_MS = 60_000;
const CHRT = '/usr/bin/chrt';
const REALTIME = ['-f', '10'] as const;

/**
 * Starts a DNS server and an HTTP and HTTPS server with chosen delays, in two processes of their own, so that their load
 * is apart from what they time. Where this user may, they run with real-time priority, so that they are exact on a busy machine too.
 */
export async function startTimedServer(
  options: { readonly dnsHost?: string; readonly dnsPort?: number; readonly isRealtime?: boolean } = {},
): Promise<TimedServer> {
  const certificates = await createCertificates();
  const { certFile, keyFile } = certificates.good;
  const dnsHost = options.dnsHost ?? '127.0.0.1';
  const isRealtime = options.isRealtime ?? mayBeRealtime();
  const dns = startPart(['dns', dnsHost, String(options.dnsPort ?? 0)], isRealtime);
  const web = startPart(['web', certFile, keyFile], isRealtime);
  const close = async () => {
    await Promise.all([dns, web].map((part) => killChild(part)));
    await certificates.remove();
  };
  const takeAll = async () => {
    const [fromDns, fromWeb] = await Promise.all([takeFrom(dns), takeFrom(web)]);
    return joinEvents(fromDns, fromWeb);
  };
  try {
    const [dnsAt, webAt] = await Promise.all([nextMessage(dns, 'listening'), nextMessage(web, 'listening')]);
    return {
      resolver: `${dnsHost}:${dnsAt.dnsPort}`,
      httpPort: webAt.httpPort,
      httpsPort: webAt.httpsPort,
      caPem: certificates.caPem,
      caFile: certificates.caFile,
      takeEvents: async () => new Map((await takeAll()).map((event) => [event.id, event])),
      takeAllEvents: takeAll,
      close,
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Not every root may: a group of processes can have no share of it. */
function mayBeRealtime(): boolean {
  return spawnSync(CHRT, [...REALTIME, 'true'], { stdio: 'ignore' }).status === 0;
}

function startPart(args: readonly string[], isRealtime: boolean): ChildProcess {
  const command = [process.execPath, MAIN, ...args];
  const [file = process.execPath, ...rest] = isRealtime ? [CHRT, ...REALTIME, ...command] : command;
  return spawn(file, rest, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'], serialization: 'advanced' });
}

async function takeFrom(part: ChildProcess): Promise<readonly TimedEvents[]> {
  const answer = nextMessage(part, 'events');
  part.send('take');
  return (await answer).events;
}

async function nextMessage<K extends TimedMessage['kind']>(
  part: ChildProcess,
  kind: K,
): Promise<Extract<TimedMessage, { kind: K }>> {
  const [message] = (await once(part, 'message', { signal: AbortSignal.timeout(START_TIMEOUT_MS) })) as [TimedMessage];
  if (message.kind !== kind) throw new Error(`expected ${kind} of the timed server, got ${message.kind}`);
  return message as Extract<TimedMessage, { kind: K }>;
}
