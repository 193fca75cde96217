import { constants } from 'node:os';
import type { FieldIssue } from '@watchpost/contracts/errors/app-error';
import type { Check } from '@watchpost/contracts/targets/check';
import { escapeControls } from '@watchpost/probe/rules/shown';
import { startProberThread } from '@watchpost/probe/worker/prober-thread';
import { createLog } from '@watchpost/runtime/log/log';
import { parsePositive, parseWhole } from '../arguments/numbers.ts';
import { readArguments } from '../arguments/read-arguments.ts';
import { createOutput } from './output.ts';
import { createPacer } from './pacer.ts';
import { createLineParser } from './parse-line.ts';
import { readLines } from './read-lines.ts';

const DEFAULT_CONCURRENCY = 64;
/** Checks that wait in the prober thread for others to end: so it need not wait for the next ones. */
const AHEAD = 128;
/** For thousands of measurements a second. */
const YOUNG_GENERATION_MB = 48;

/**
 * Measures the checks that come as NDJSON on standard input through the prober thread that agents use, and prints a
 * result a line. Exit code 0, 1 when something could not be measured or written, 2 when a line was bad.
 */
export async function probeBatch(args: readonly string[]): Promise<number> {
  const { values } = readArguments({
    args: [...args],
    options: { rate: { type: 'string' }, concurrency: { type: 'string' }, 'overload-ms': { type: 'string' } },
    allowPositionals: false,
  });
  const concurrency =
    values.concurrency === undefined ? DEFAULT_CONCURRENCY : parseWhole('--concurrency', values.concurrency, 1, 4_096);
  const rate = values.rate === undefined ? null : parsePositive('--rate', values.rate, 100_000);
  const overloadMs = values['overload-ms'] === undefined ? null : parsePositive('--overload-ms', values['overload-ms'], 10_000);

  const ending = new AbortController();
  const ended = new Promise<void>((resolve) => ending.signal.addEventListener('abort', () => resolve(), { once: true }));
  let exitCode = 0;
  const end = (code: number): void => {
    if (!ending.signal.aborted) exitCode = code;
    ending.abort();
    process.stdin.destroy();
  };
  const onSignal = (signal: NodeJS.Signals): void => end(128 + constants.signals[signal]);
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);

  const output = createOutput(process.stdout, (error) => end('code' in error && error.code === 'EPIPE' ? 0 : 1));
  const thread = startProberThread({
    settings: {
      agentId: 'local',
      vantage: 'local',
      maxInFlight: concurrency,
      // A check of both address families is two measurements.
      maxWaiting: (concurrency + AHEAD) * 2,
      overloadUs: overloadMs === null ? null : overloadMs * 1_000,
      youngGenerationMb: YOUNG_GENERATION_MB,
    },
    onResults: async () => undefined,
    log: createLog({ name: 'watchpost-batch', level: 'error' }),
  });
  const pacer = createPacer(rate, () => performance.now());
  const parse = createLineParser();
  const underWay = new Set<Promise<void>>();
  let freed = (): void => undefined;
  const slot = (): Promise<void> => new Promise((resolve) => (freed = resolve));
  void ended.then(() => freed());

  const measure = async (id: string, line: number, check: Check): Promise<void> => {
    const results = await thread.order({ id: String(line), targetId: id, check });
    if (results !== null) return output.lines(results);
    if (ending.signal.aborted) return;
    exitCode = Math.max(exitCode, 1);
    output.line({ error: { line, id, text: 'it could not be measured: the prober thread was stopped' } });
  };
  const refuse = (line: number, id: string | null, issues: readonly FieldIssue[]): void => {
    exitCode = 2;
    output.line({ error: { line, ...(id === null ? {} : { id }), issues } });
    for (const { field, value, rule } of issues)
      process.stderr.write(`watchpost probe batch: line ${line}: ${field} ${escapeControls(value)}: ${escapeControls(rule)}\n`);
  };

  try {
    for await (const line of readLines(process.stdin)) {
      const parsed = parse(line);
      if ('issues' in parsed) {
        refuse(line.number, parsed.id, parsed.issues);
        await output.ready();
        continue;
      }
      while (underWay.size >= concurrency + AHEAD && !ending.signal.aborted) await slot();
      await output.ready();
      await pacer.turn(ending.signal);
      if (ending.signal.aborted) break;
      const done = measure(parsed.id, line.number, parsed.check).finally(() => {
        underWay.delete(done);
        freed();
      });
      underWay.add(done);
    }
  } catch (error) {
    // Reading ends with an error when the input was closed from here.
    if (!ending.signal.aborted) throw error;
  }
  await Promise.race([Promise.all(underWay), ended]);
  await thread.close();
  await Promise.all(underWay);
  await output.flush();
  process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
  return exitCode;
}
