import { type ChildProcess, spawn } from 'node:child_process';
import { chmod, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { budgetOf, readCheckpoint } from '@watchpost/recorder/agent/checkpoint';
import { signIn } from '@watchpost/testkit/api-client';
import { joinRecorder } from '@watchpost/testkit/joined-recorder';
import { readResident, readTreeUsage } from '@watchpost/testkit/process-tree';
import { openSpoolWriter } from '@watchpost/testkit/shells/spool-writer';
import { createTempDir } from '@watchpost/testkit/temp-dir';
import { startServerProcess } from '@watchpost/testkit/watchpost-process';
import type { Bench } from './bench.ts';
import { median, quantile, rounded } from './statistics.ts';

const SESSIONS = 500;
const WRITERS = 200;
const COMMANDS_PER_S = 10_000;
const TURN_MS = 10;
const SAMPLE_MS = 250;
/** START and END. */
const RECORDS_OF_COMMAND = 2;
const SIZES = { full: { settleS: 30, idleS: 60, loadS: 15 }, quick: { settleS: 3, idleS: 5, loadS: 3 } } as const;
const LONGEST_WAIT_MS = 180_000;
/** What people type, one of them with a secret. */
const LINES = ['ls -la /srv/app', 'git pull --rebase', 'tail -f /var/log/nginx/access.log', 'mysql -u root -pS3cretWord shop'];

/**
 * A real recorder with 500 sessions whose processes live and do nothing, then with 200 files that together take 10,000
 * commands a second, delivering to a real server on the same machine.
 */
export const AUDIT_RECORDER: Bench = {
  name: 'audit-recorder',
  title: 'memory and processor time of a recorder: 500 idle sessions, then 10,000 commands/s from 200 shells',
  run: async ({ quick, log }) => {
    const size = quick ? SIZES.quick : SIZES.full;
    await using stack = new AsyncDisposableStack();
    const dir = stack.use(await createTempDir('audit-recorder'));
    const spool = join(dir.path, 'shells');
    const data = join(dir.path, 'recorder');
    await mkdir(spool);
    await chmod(spool, 0o1733);
    const server = stack.use(await startServerProcess({ command: 'server', dataDir: join(dir.path, 'server') }));
    const joined = await joinRecorder({ client: await signIn(server.url), name: 'bench', dataDir: data, spool });
    const recorder = stack.use(joined.start());
    const budget = async () => {
      const checkpoint = await readCheckpoint(data).catch(() => null);
      return checkpoint === null ? null : budgetOf(checkpoint);
    };
    const until = async (records: number, step: 'spooled' | 'acknowledged'): Promise<number> => {
      const from = performance.now();
      while (((await budget())?.[step] ?? 0) < records) {
        if (recorder.child.exitCode !== null) throw new Error(`the recorder ended: ${recorder.stderr()}`);
        if (performance.now() - from > LONGEST_WAIT_MS)
          throw new Error(`${step}: ${JSON.stringify(await budget())} of ${records}`);
        await pause(50);
        noteLoad();
      }
      return performance.now() - from;
    };
    const load = { rssBytes: [] as number[], backlog: [0], sampledAt: 0 };
    const noteLoad = (): void => {
      if (performance.now() - load.sampledAt < SAMPLE_MS) return;
      load.sampledAt = performance.now();
      load.rssBytes.push(readTreeUsage(recorder.pid).rssBytes);
      void budget().then((now) => load.backlog.push(now === null ? 0 : now.spooled - now.acknowledged));
    };

    const sessions = Array.from({ length: SESSIONS }, () => spawn('sleep', ['3600'], { stdio: 'ignore' }));
    stack.defer(() => sessions.forEach((session) => session.kill('SIGKILL')));
    const shells = sessions.map(({ pid = 0 }: ChildProcess, random) => openSpoolWriter({ dir: spool, random, pid }));
    stack.defer(() => shells.forEach((shell) => shell.close()));
    for (const shell of shells) shell.command('uptime');
    await until(SESSIONS * (1 + RECORDS_OF_COMMAND), 'acknowledged');
    log(`${SESSIONS} sessions; idle for ${size.settleS} s, then measured for ${size.idleS} s`);
    await pause(size.settleS * 1_000);
    const idle = await usageOver(recorder.pid, size.idleS);
    const readIdle = {
      pssBytes: readResident(recorder.pid).pssBytes,
      anonymousBytes: readTreeUsage(recorder.pid).anonymousBytes,
    };

    const busy = shells.slice(0, WRITERS);
    const before = shells.reduce((sum, shell) => sum + shell.records(), 0);
    const cpuBefore = readTreeUsage(recorder.pid).cpuUs;
    const startedAt = performance.now();
    load.rssBytes = [];
    let typed = 0;
    log(`${COMMANDS_PER_S} commands/s for ${size.loadS} s`);
    while (performance.now() - startedAt < size.loadS * 1_000) {
      const wanted = Math.trunc(((performance.now() - startedAt) / 1_000) * COMMANDS_PER_S);
      for (; typed < wanted; typed += 1) busy[typed % WRITERS]?.command(`${LINES[typed % LINES.length]} ${typed}`);
      noteLoad();
      await pause(TURN_MS);
    }
    const seconds = (performance.now() - startedAt) / 1_000;
    const written = shells.reduce((sum, shell) => sum + shell.records(), 0);
    const spooledMs = await until(written, 'spooled');
    const acknowledgedMs = await until(written, 'acknowledged');
    const records = written - before;
    const cpuUs = readTreeUsage(recorder.pid).cpuUs - cpuBefore;
    const end = await budget();
    return {
      sessions: SESSIONS,
      idleRssMb: rounded(median(idle.rssBytes) / 1e6, 1),
      idleHighestRssMb: rounded(Math.max(...idle.rssBytes) / 1e6, 1),
      idlePssMb: rounded(readIdle.pssBytes / 1e6, 1),
      idleAnonymousMb: rounded(readIdle.anonymousBytes / 1e6, 1),
      idleCpuPercent: rounded(idle.cpuRatio * 100, 2),
      commandsPerS: rounded(records / RECORDS_OF_COMMAND / seconds),
      recordsPerS: rounded(records / seconds),
      spooledAfterLastMs: rounded(spooledMs),
      acknowledgedAfterLastMs: rounded(spooledMs + acknowledgedMs),
      cpuPerRecordUs: rounded(cpuUs / records, 1),
      backlogPeakRecords: Math.max(...load.backlog),
      loadRssP95Mb: rounded(quantile(load.rssBytes, 0.95) / 1e6, 1),
      loadRssHighestMb: rounded(Math.max(...load.rssBytes) / 1e6, 1),
      missing: end?.missing ?? -1,
      lost: written - (end?.acknowledged ?? 0),
    };
  },
};

async function usageOver(
  pid: number,
  seconds: number,
): Promise<{ readonly rssBytes: readonly number[]; readonly cpuRatio: number }> {
  const rssBytes: number[] = [];
  const startedAt = performance.now();
  const cpuBefore = readTreeUsage(pid).cpuUs;
  while (performance.now() - startedAt < seconds * 1_000) {
    rssBytes.push(readTreeUsage(pid).rssBytes);
    await pause(500);
  }
  return { rssBytes, cpuRatio: (readTreeUsage(pid).cpuUs - cpuBefore) / ((performance.now() - startedAt) * 1_000) };
}
