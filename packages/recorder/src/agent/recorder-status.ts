import type { RecorderStatus } from '@watchpost/contracts/agents/recorder-wire';
import type { Clock } from '@watchpost/runtime/clock/clock';
import type { Spool } from '@watchpost/runtime/spool/spool';
import { budgetOf } from './checkpoint.ts';
import type { LossLedger } from './loss-ledger.ts';
import type { ShellCoverage } from './shell-coverage.ts';

/** Shortest time that a share of the processor is taken over. */
const CPU_OVER_US = 5_000_000;

/** Makes what the recorder says of itself. */
export function createRecorderStatus(options: {
  readonly version: string;
  readonly clock: Clock;
  readonly spool: Spool;
  readonly ledger: LossLedger;
  readonly coverage: ShellCoverage;
}): (clockOffsetMs: number | null) => RecorderStatus {
  const { version, clock, spool, ledger, coverage } = options;
  const startedAt = clock.wallMs();
  let cpuRatio = 0;
  let cpu = { usage: process.cpuUsage(), atUs: clock.monotonicUs() };

  return (clockOffsetMs) => {
    const atUs = clock.monotonicUs();
    if (atUs - cpu.atUs > CPU_OVER_US) {
      const used = process.cpuUsage(cpu.usage);
      cpuRatio = (used.user + used.system) / (atUs - cpu.atUs);
      cpu = { usage: process.cpuUsage(), atUs };
    }
    const { bytes, limitBytes } = spool.stats();
    return {
      version,
      startedAt,
      budget: budgetOf(ledger.state()),
      spoolBytes: bytes,
      spoolLimitBytes: limitBytes,
      ...coverage.counts(),
      cpuRatio,
      rssBytes: process.memoryUsage.rss(),
      clockOffsetMs,
    };
  };
}
