import type { Metrics } from '@watchpost/runtime/metrics/metrics';
import { checkAddress } from '@watchpost/contracts/targets/check';
import type { TargetStore } from '../catalog/target-store.ts';
import { hideSecrets } from './hide-secrets.ts';
import { type LiveState, seriesOf } from './live-state.ts';

/** Lines (target × vantage point × series) that are shown; further ones are counted and left out. */
const LINES_LIMIT = 10_000;
const LABELS = ['target', 'vantage', 'series'] as const;

/**
 * The newest result of every line for Prometheus. A line that is unknown (paused, no result, or none for three intervals)
 * has no value, so that an alert can ask for `absent()` and never takes silence for success.
 */
export function showTargets(
  metrics: Metrics,
  parts: { readonly targets: TargetStore; readonly live: LiveState; readonly wallMs: () => number },
): void {
  const { targets, live, wallMs } = parts;
  const info = metrics.gauge('target_info', 'Always 1: what a target is', ['target', 'name', 'group', 'kind', 'address']);
  const up = metrics.gauge('target_up', '1: the newest result is up or degraded; 0: down; no value: unknown', LABELS);
  const degraded = metrics.gauge('target_degraded', '1: the newest result is degraded; 0: it is not; no value: unknown', LABELS);
  const total = metrics.gauge('target_total_seconds', 'Total time of the newest result that came to its end', LABELS);
  const lastAt = metrics.gauge('target_last_result_timestamp_seconds', 'Round of the newest result, Unix time', LABELS);
  const leftOut = metrics.gauge('target_lines_left_out', `Lines beyond ${LINES_LIMIT}, which are not shown`);
  const gauges = [info, up, degraded, total, lastAt];

  const collect = () => {
    for (const gauge of gauges) gauge.reset();
    const now = wallMs();
    let lines = 0;
    for (const target of targets.list()) {
      if (lines >= LINES_LIMIT) {
        lines += target.vantages.length * seriesOf(target).length;
        continue;
      }
      const { id, name, group, check } = target;
      info.set({ target: id, name, group, kind: check.kind, address: checkAddress(hideSecrets(check)) }, 1);
      for (const vantage of target.vantages) {
        for (const series of seriesOf(target)) {
          lines += 1;
          if (lines > LINES_LIMIT) continue;
          const state = live.lineState(target, vantage, series, now);
          const labels = { target: id, vantage, series };
          if (state.lastAt !== null) lastAt.set(labels, state.lastAt / 1_000);
          if (target.paused || state.outcome === 'unknown') continue;
          up.set(labels, state.outcome === 'down' ? 0 : 1);
          degraded.set(labels, state.outcome === 'degraded' ? 1 : 0);
          if (state.outcome !== 'down' && state.totalUs !== null) total.set(labels, state.totalUs / 1e6);
        }
      }
    }
    leftOut.set(Math.max(0, lines - LINES_LIMIT));
  };
  // Metrics are read in the order in which they were made: the first fills them all.
  Object.assign(info, { collect });
}
