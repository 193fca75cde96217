import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { killChild } from '@watchpost/testkit/kill-child';
import type { SimulatedHost } from './command-hosts.ts';

export type SendersOrder = {
  readonly serverUrl: string;
  readonly hosts: readonly SimulatedHost[];
  readonly batchesOfHost: number;
  readonly recordsOfBatch: number;
};
/** `recordsPerS` null: as fast as they are taken. */
export type SendersTurn = { readonly seconds: number; readonly recordsPerS: number | null };
/** `sendMs`: from a batch's first byte to its acknowledgement. `cpuUs`: of the process that sends. */
export type SendersReport = {
  readonly records: number;
  readonly seconds: number;
  readonly pushedBack: number;
  readonly sendMs: readonly number[];
  /** Of the whole slices of five seconds the one with the fewest records. */
  readonly slowestPerS: number;
  readonly cpuUs: number;
};
type Failure = { readonly failure: string };

const MAIN = fileURLToPath(new URL('chain-senders-main.ts', import.meta.url));
const READY_MS = 20_000;
const MAKING_MS = 10 * 60_000;
/** Beyond the time of a turn. */
const LATE_MS = 60_000;

/** Hosts in one process of their own, whose chains are made, chained and compressed before anything is sent. */
export async function startChainSenders(order: SendersOrder): Promise<
  AsyncDisposable & {
    readonly wireBytes: number;
    readonly send: (turn: SendersTurn) => Promise<SendersReport>;
  }
> {
  const child: ChildProcess = fork(MAIN);
  const next = async <Answer>(withinMs: number): Promise<Answer> => {
    const [answer] = (await once(child, 'message', { signal: AbortSignal.timeout(withinMs) })) as [Answer | Failure];
    if (typeof answer === 'object' && answer !== null && 'failure' in answer)
      throw new Error(`a sender failed: ${answer.failure}`);
    return answer;
  };
  await next<string>(READY_MS);
  const made = next<{ readonly bytes: number }>(MAKING_MS);
  child.send(order);
  const { bytes } = await made;
  return {
    wireBytes: bytes,
    send(turn) {
      const report = next<SendersReport>(turn.seconds * 1_000 + LATE_MS);
      child.send(turn);
      return report;
    },
    [Symbol.asyncDispose]: () => killChild(child),
  };
}
