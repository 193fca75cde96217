import { parentPort, workerData } from 'node:worker_threads';
import type { Check } from '@watchpost/contracts/targets/check';
import { systemClock } from '@watchpost/runtime/clock/clock';
import { measure } from '../probers/measure.ts';
import { createProbeContext } from '../probers/probe-context.ts';
import { type LineResult, startScheduler } from '../schedule/scheduler.ts';
import {
  type FromThread,
  type OrderAnswer,
  type ResultText,
  THREAD_LIMITS,
  type ThreadSettings,
  type ToThread,
} from './messages.ts';
import { createUncertaintyWindow } from './uncertainty-window.ts';
import { warmUp } from './warm-up.ts';

/** The prober thread: it schedules and measures, and does nothing else, so that nothing else delays a measurement. */
async function runThread(port: NonNullable<typeof parentPort>, settings: ThreadSettings): Promise<void> {
  const clock = systemClock;
  const context = createProbeContext({ clock, ...(settings.overloadUs === null ? {} : { overloadUs: settings.overloadUs }) });
  await warmUp(context);
  const window = createUncertaintyWindow();
  const send = (message: FromThread): void => port.postMessage(message);
  let waiting: ResultText[] = [];
  let answers: OrderAnswer[] = [];
  let unsettled = 0;
  let timer: NodeJS.Timeout | null = null;

  const checks = new Map<number, Check>();
  const { agentId, vantage } = settings;
  /** The beginning of every result, up to the fields that differ. */
  const own = `${JSON.stringify({ agentId, vantage }).slice(0, -1)},`;

  const complete = (found: LineResult): ResultText => {
    if (found.uncertaintyUs !== null) window.add(found.uncertaintyUs, clock.monotonicUs() / 1_000);
    return `${own}${JSON.stringify(found).slice(1)}`;
  };
  const handOver = (): void => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    if (answers.length > 0) send({ type: 'ordered', answers });
    answers = [];
    if (waiting.length === 0) return;
    unsettled += waiting.length;
    send({ type: 'results', results: waiting });
    waiting = [];
  };
  const handOverIn = (ms: number): void => {
    if (waiting.length + answers.length >= THREAD_LIMITS.handOverResults) handOver();
    else timer ??= setTimeout(handOver, ms);
  };
  const answer = (id: string, results: readonly LineResult[] | null): void => {
    answers.push({ id, results: results === null ? null : results.map(complete) });
    handOverIn(THREAD_LIMITS.answerMs);
  };
  const scheduler = startScheduler({
    clock,
    measure: (check) => measure(check, context),
    maxInFlight: settings.maxInFlight,
    maxWaiting: settings.maxWaiting,
    isBlocked: () => unsettled + waiting.length >= THREAD_LIMITS.unsettledResults,
    onFailure: (error) => send({ type: 'failure', text: String(error) }),
    onResult: (found) => {
      waiting.push(complete(found));
      handOverIn(THREAD_LIMITS.handOverMs);
    },
  });
  const sendStats = (): void =>
    send({ type: 'stats', stats: scheduler.stats(), uncertaintyP99Us: window.p99Us(clock.monotonicUs() / 1_000) });
  const statsTimer = setInterval(sendStats, THREAD_LIMITS.statsMs);

  const stop = async (): Promise<void> => {
    clearInterval(statsTimer);
    const idle = scheduler.stop();
    await context.close();
    await idle;
    handOver();
    sendStats();
    send({ type: 'stopped' });
    port.close();
  };

  port.on('message', (message: ToThread) => {
    switch (message.type) {
      case 'checks':
        return scheduler.setChecks(message.checks);
      case 'taken':
        unsettled -= message.count;
        return;
      case 'order':
        if (message.isFresh) checks.clear();
        for (const [number, check] of message.added) checks.set(number, check);
        for (const { id, targetId, check: number } of message.orders) {
          const check = checks.get(number);
          if (check === undefined) answer(id, null);
          else void scheduler.measureNow(targetId, check).then((results) => answer(id, results));
        }
        return;
      case 'stop':
        return void stop();
    }
  });
  send({ type: 'ready' });
}

if (parentPort !== null) await runThread(parentPort, workerData as ThreadSettings);
