/** The process of `command-hosts.ts`. */
import type { UnchainedCommand } from '@watchpost/contracts/commands/command';
import { PLAIN_COMMAND } from '@watchpost/testkit/command-chain';
import { createCommandSender } from '@watchpost/testkit/command-sender';
import type { HostsOrder, HostsReport, SimulatedHost } from './command-hosts.ts';

/** As a recorder waits for further records to go with the first. */
const COALESCE_MS = 20;
/** As a recorder has them under way. */
const LIVE_BATCHES = 2;
/** Most commands end at once, one in five takes a while. */
const SHORT_MS = 3;
const LONG_MS = 300;
const LONG_EACH = 5;

const wait = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
const nowUs = () => Math.round((performance.timeOrigin + performance.now()) * 1_000);

const run: { isTyping: boolean; failure: string | null } = { isTyping: true, failure: null };
const sendMs: number[] = [];
let records = 0;
let commands = 0;
let pushedBack = 0;

async function runHost(order: HostsOrder, host: SimulatedHost, index: number): Promise<void> {
  const sender = createCommandSender({ serverUrl: order.serverUrl, hostId: host.hostId, key: host.key });
  const everyMs = 1_000 / order.commandsPerS;
  let pending: UnchainedCommand[] = [];
  let shellSequence = 0;
  const typing: Promise<void>[] = [];
  const lane: { shipping: Promise<void> | null } = { shipping: null };
  const underWay = new Set<Promise<void>>();
  const fail = (error: unknown): void => void (run.failure ??= String(error));
  const send = async (batch: readonly UnchainedCommand[]): Promise<void> => {
    const start = performance.now();
    pushedBack += await sender.send(batch);
    sendMs.push(performance.now() - start);
    records += batch.length;
  };
  const ship = async (): Promise<void> => {
    while (pending.length > 0) {
      await wait(COALESCE_MS);
      while (underWay.size >= LIVE_BATCHES) await Promise.race(underWay);
      const sending = send(pending)
        .catch(fail)
        .finally(() => underWay.delete(sending));
      underWay.add(sending);
      pending = [];
    }
    lane.shipping = null;
  };
  const take = (command: UnchainedCommand): void => {
    pending.push(command);
    lane.shipping ??= ship();
  };
  const base = { ...PLAIN_COMMAND, sessionId: `s-${index}`, shellId: `boot.${index}.1` };
  const type = async (number: number): Promise<void> => {
    const startOf = (shellSequence += 1);
    const startedAt = nowUs();
    const text = `systemctl status service-${index}-${number} --no-pager`;
    commands += 1;
    take({ ...base, at: startedAt, shellSequence: startOf, text, textBytes: text.length });
    await wait(number % LONG_EACH === 0 ? LONG_MS : SHORT_MS);
    const at = nowUs();
    const exitCode = number % 7 === 0 ? 1 : 0;
    const ended = { at, shellSequence: (shellSequence += 1), startOf, startedAt, exitCode, durationUs: at - startedAt };
    take({ ...base, kind: 'end', text: null, textBytes: null, ...ended });
  };
  const begin = performance.now() + ((index * 37) % everyMs);
  for (let number = 0; run.isTyping && run.failure === null; number += 1) {
    await wait(Math.max(0, begin + number * everyMs - performance.now()));
    typing.push(type(number));
  }
  await Promise.all(typing);
  await lane.shipping;
  await Promise.all(underWay);
  sender.close();
}

process.once('message', (order: HostsOrder) => {
  const running = Promise.all(order.hosts.map((host, index) => runHost(order, host, index)));
  const start = performance.now();
  process.once('message', () => {
    run.isTyping = false;
    const seconds = (performance.now() - start) / 1_000;
    const report = (): HostsReport | { readonly failure: string } =>
      run.failure === null ? { records, commands, seconds, pushedBack, sendMs } : { failure: run.failure };
    void running.then(() => process.send?.(report(), () => process.exit()));
  });
});
process.send?.('ready');
