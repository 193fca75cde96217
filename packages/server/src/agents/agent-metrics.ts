import type { Metrics } from '@watchpost/runtime/metrics/metrics';
import type { AgentDirectory } from './agent-directory.ts';

/** Agents that are shown; revoked ones never. */
const AGENTS_LIMIT = 2_000;
const LABELS = ['agent', 'name', 'vantage'] as const;

/** What agents told of themselves last, for Prometheus. */
export function showAgents(metrics: Metrics, agents: AgentDirectory): void {
  const gauge = (name: string, help: string) => metrics.gauge(name, help, LABELS);
  const online = gauge('agent_up', '1: the agent spoke within the last 30 seconds');
  const lastContact = gauge('agent_last_contact_timestamp_seconds', 'When the agent spoke last, Unix time');
  const spoolRecords = gauge('agent_spool_records', 'Records that wait on the agent for the server');
  const spoolBytes = gauge('agent_spool_bytes', 'Bytes of the spool on the agent');
  const spoolLimit = gauge('agent_spool_limit_bytes', 'Bytes that the spool of the agent may take');
  const dropped = gauge('agent_dropped', 'Records the agent could not keep, since its start');
  const clockOffset = gauge('agent_clock_offset_seconds', 'Clock of the agent minus clock of the server');
  const cpu = gauge('agent_cpu_ratio', 'Processor time of the agent: 1 is one processor');
  const rss = gauge('agent_resident_bytes', 'Memory of the agent');
  const skipped = gauge('agent_skipped', 'Rounds the agent did not measure, since its start');
  const gauges = [online, lastContact, spoolRecords, spoolBytes, spoolLimit, dropped, clockOffset, cpu, rss, skipped];

  const collect = () => {
    for (const each of gauges) each.reset();
    for (const { id, name, vantage, state, lastContactAt, status } of agents.enrolled().slice(0, AGENTS_LIMIT)) {
      const labels = { agent: id, name, vantage };
      online.set(labels, state === 'online' ? 1 : 0);
      if (lastContactAt !== null) lastContact.set(labels, lastContactAt / 1_000);
      if (status === null) continue;
      spoolRecords.set(labels, status.spoolRecords);
      spoolBytes.set(labels, status.spoolBytes);
      spoolLimit.set(labels, status.spoolLimitBytes);
      dropped.set(
        labels,
        Object.values(status.dropped).reduce((sum, count) => sum + count, 0),
      );
      if (status.clockOffsetMs !== null) clockOffset.set(labels, status.clockOffsetMs / 1_000);
      cpu.set(labels, status.cpuRatio);
      rss.set(labels, status.rssBytes);
      skipped.set(labels, status.skippedTotal);
    }
  };
  // Metrics are read in the order in which they were made: the first fills them all.
  Object.assign(online, { collect });
}
