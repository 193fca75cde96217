import type { AgentStatus } from '@watchpost/contracts/agents/agent-wire';
import type { Metrics } from '@watchpost/runtime/metrics/metrics';
import type { Uplink } from '@watchpost/runtime/uplink/uplink';
import type { ProberThread } from '../worker/prober-thread.ts';

/** Adds the figures of a probe to its metrics. They are read when the page is asked for. */
export function exposeAgentMetrics(options: {
  readonly metrics: Metrics;
  readonly status: () => AgentStatus;
  readonly thread: ProberThread;
  readonly uplink: Uplink;
}): void {
  const { metrics, status, thread, uplink } = options;
  const read = (name: string, help: string, value: () => number): void => {
    const gauge = metrics.gauge(name, help);
    // prom-client asks each metric for its values through `collect`.
    Object.assign(gauge, { collect: () => gauge.set(value()) });
  };
  read('probe_checks', 'Targets this probe measures', () => status().checks);
  read('probe_in_flight', 'Measurements under way', () => thread.stats().inFlight);
  read('probe_measured', 'Results since the start', () => thread.stats().measured);
  read('probe_overloaded', 'Results that found the probe overloaded, since the start', () => thread.stats().overloaded);
  read('probe_thread_restarts', 'Times the prober thread crashed and was started again', () => thread.stats().restarts);
  read('probe_uncertainty_p99_seconds', 'Timing uncertainty of the last minute, 99th percentile', () => {
    const { uncertaintyP99Us } = thread.stats();
    return uncertaintyP99Us === null ? 0 : uncertaintyP99Us / 1_000_000;
  });
  read('spool_records', 'Records that wait for the server', () => status().spoolRecords);
  read('spool_bytes', 'Bytes of the spool on disk', () => status().spoolBytes);
  read('uplink_acknowledged', 'Records the server has acknowledged since the start', () => uplink.state().acknowledged);
  const skipped = metrics.gauge('probe_skipped', 'Rounds not measured since the start, by reason', ['reason']);
  Object.assign(skipped, {
    collect: () => {
      for (const [reason, count] of Object.entries(thread.stats().skipped)) skipped.set({ reason }, count);
    },
  });
}
