/** The process of `command-hosts.ts`. */
import type { UnchainedCommand } from '@watchpost/contracts/commands/command';
import { createCommandSender, PLAIN_COMMAND } from '@watchpost/testkit/command-sender';
import type { HostsOrder, HostsReport, SimulatedHost } from './command-hosts.ts';

/** As a recorder waits for further records to go with the first. */
const COALESCE_MS = 20;
/** Most commands end at once, one in five takes a while. */
const SHORT_MS = 3;
const LONG_MS = 300;
const LONG_EACH = 5;

const wait = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
const nowUs = () => Math.round((performance.timeOrigin + performance.now()) * 1_000);

let isTyping = true;
let failure: string | null = null;
const sendMs: number[] = [];
let records = 0;
let commands = 0;
let pushedBack = 0;

async function runHost(order: HostsOrder, host: SimulatedHost, index: number): Promise<void> {
  const sender = createCommandSender({ serverUrl: order.serverUrl, hostId: host.hostId, key: host.key });
  const everyMs = 1_000 / order.commandsPerS;
  let pending: UnchainedCommand[] = [];
  let shellSequence = 0;
  let open = 0;
  let lane: Promise<void> | null = null;
  const ship = async (): Promise<void> => {
    while (pending.length > 0) {
      await wait(COALESCE_MS);
      const batch = pending;
      pending = [];
      const start = performance.now();
      pushedBack += await sender.send(batch);
      sendMs.push(performance.now() - start);
      records += batch.length;
    }
    lane = null;
  };
  const take = (command: UnchainedCommand): void => {
    pending.push(command);
    lane ??= ship().catch((error: unknown) => void (failure ??= String(error)));
  };
  const base = { ...PLAIN_COMMAND, sessionId: `s-${index}`, shellId: `boot.${index}.1` };
  const type = async (number: number): Promise<void> => {
    const startOf = (shellSequence += 1);
    const startedAt = nowUs();
    const text = `systemctl status service-${index}-${number} --no-pager`;
    commands += 1;
    open += 1;
    take({ ...base, at: startedAt, shellSequence: startOf, text, textBytes: text.length });
    await wait(number % LONG_EACH === 0 ? LONG_MS : SHORT_MS);
    const at = nowUs();
    const exitCode = number % 7 === 0 ? 1 : 0;
    const ended = { at, shellSequence: (shellSequence += 1), startOf, startedAt, exitCode, durationUs: at - startedAt };
    take({ ...base, kind: 'end', text: null, textBytes: null, ...ended });
    open -= 1;
  };
  const begin = performance.now() + ((index * 37) % everyMs);
  for (let number = 0; isTyping && failure === null; number += 1) {
    await wait(Math.max(0, begin + number * everyMs - performance.now()));
    void type(number);
  }
  while (open > 0) await wait(COALESCE_MS);
  await lane;
  sender.close();
}

process.once('message', (order: HostsOrder) => {
  const running = Promise.all(order.hosts.map((host, index) => runHost(order, host, index)));
  const start = performance.now();
  process.once('message', () => {
    isTyping = false;
    const seconds = (performance.now() - start) / 1_000;
    const report = (): HostsReport | { readonly failure: string } =>
      failure === null ? { records, commands, seconds, pushedBack, sendMs } : { failure };
    void running.then(() => process.send?.(report(), () => process.exit()));
  });
});
process.send?.('ready');
