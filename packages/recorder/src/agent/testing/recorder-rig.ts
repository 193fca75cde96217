import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { systemClock } from '@watchpost/runtime/clock/clock';
import { createLog } from '@watchpost/runtime/log/log';
import { createMetrics } from '@watchpost/runtime/metrics/metrics';
import { type CommandServer, startCommandServer } from '@watchpost/testkit/command-server';
import { openSpoolWriter, type SpoolWriter } from '@watchpost/testkit/shells/spool-writer';
import { createTempDir } from '@watchpost/testkit/temp-dir';
import { expect } from 'vitest';
import { type Recorder, startRecorder } from '../start-recorder.ts';

const soon = { interval: 20 };

/** A real recorder with a folder of shells, and a far end that keeps what it gets. */
export type RecorderRig = AsyncDisposable & {
  readonly dir: string;
  /** Folder of the shells. */
  readonly spool: string;
  readonly server: CommandServer;
  readonly recorder: () => Recorder;
  readonly start: () => Promise<void>;
  /** A shell of this very process, which lives as long as the test. */
  readonly shell: (index: number) => SpoolWriter & { readonly path: string };
  readonly texts: () => readonly (string | null)[];
  /** Records of gaps and refusals, as `gap sequence`. */
  readonly marks: () => readonly string[];
  readonly recorded: (...wanted: readonly string[]) => Promise<void>;
  /** Nothing is lost on the way, and what is missing is counted. */
  readonly expectEven: (missing?: number) => Promise<void>;
};

export async function createRecorderRig(
  options: Pick<Parameters<typeof startRecorder>[0], 'clock' | 'every' | 'places'> = {},
): Promise<RecorderRig> {
  const dir = await createTempDir('recorder-rig');
  const spool = join(dir.path, 'spool');
  mkdirSync(spool);
  chmodSync(spool, 0o1733);
  const server = await startCommandServer();
  const writers: SpoolWriter[] = [];
  let running: Recorder | null = null;
  const recorder = (): Recorder => {
    if (running === null) throw new Error('the recorder was not started');
    return running;
  };
  const texts = () => server.commands().flatMap(({ kind, text }) => (kind === 'start' ? [text] : []));
  const start = async (): Promise<void> => {
    running = await startRecorder({
      identity: { agentId: 'host', key: 'k', vantage: '', serverUrl: server.url },
      settings: { dataDir: join(dir.path, 'data'), shellSpool: spool, redactionKey: Buffer.alloc(32, 1) },
      version: '0',
      log: createLog({ name: 'test', level: 'silent' }),
      metrics: createMetrics({ processMetrics: false }),
      signal: new AbortController().signal,
      clock: options.clock ?? systemClock,
      every: { coverage: 100, checkpoint: 100, status: 100, ...options.every },
      ...(options.places === undefined ? {} : { places: options.places }),
    });
  };

  return {
    dir: dir.path,
    spool,
    server,
    recorder,
    start,
    shell(index) {
      const writer = openSpoolWriter({ dir: spool, random: index });
      writers.push(writer);
      return { ...writer, path: join(spool, writer.name) };
    },
    texts,
    marks: () =>
      server.commands().flatMap(({ kind, cause }) => (kind === 'gap' || kind === 'refused' ? [`${kind} ${cause}`] : [])),
    recorded: (...wanted) => expect.poll(texts, soon).toEqual(wanted),
    async expectEven(missing = 0) {
      await expect
        .poll(() => {
          // All in one look: more may be recorded between two.
          const { budget } = recorder().status();
          const { written, spooled, sent, acknowledged, missing } = budget;
          return {
            uneven: written - spooled - missing,
            unsent: spooled - sent,
            waiting: sent - acknowledged,
            missing,
            unstored: spooled - server.stored.size,
            isTold: isDeepStrictEqual(server.status()?.budget, budget),
          };
        }, soon)
        .toEqual({ uneven: 0, unsent: 0, waiting: 0, missing, unstored: 0, isTold: true });
      const sequences = server.commands().map(({ sequence }) => sequence);
      expect(sequences).toEqual(sequences.map((_, index) => index + 1));
    },
    async [Symbol.asyncDispose]() {
      await running?.close();
      for (const writer of writers) writer.close();
      await server[Symbol.asyncDispose]();
      await dir.remove();
    },
  };
}
