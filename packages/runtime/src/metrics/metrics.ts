import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** Figures of one process, in the form Prometheus reads. */
export type Metrics = {
  readonly registry: Registry;
  /** `name` without the prefix `watchpost_`. Asking again for the same name gives the same metric. */
  readonly counter: (name: string, help: string, labels?: readonly string[]) => Counter;
  readonly gauge: (name: string, help: string, labels?: readonly string[]) => Gauge;
  /** `buckets` are upper bounds in the unit of the metric. */
  readonly histogram: (name: string, help: string, labels?: readonly string[], buckets?: readonly number[]) => Histogram;
  /** `watchpost_dropped_total{reason}`: every record that was dropped or refused, anywhere. */
  readonly dropped: Counter;
  /** The page for `/metrics`. */
  readonly text: () => Promise<string>;
};

const DEFAULT_BUCKETS_S = [0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/**
 * Creates the metrics of a process.
 * @param options.processMetrics also collect memory, CPU and event loop figures of Node (default true). One of them is measured
 * a hundred times a second: an agent has them only where somebody can read them.
 */
export function createMetrics(options: { readonly processMetrics?: boolean } = {}): Metrics {
  const registry = new Registry();
  if (options.processMetrics ?? true) collectDefaultMetrics({ register: registry });

  const counter = (name: string, help: string, labels: readonly string[] = []): Counter =>
    existing(registry, name, Counter) ??
    new Counter({ name: `watchpost_${name}`, help, labelNames: [...labels], registers: [registry] });
  const gauge = (name: string, help: string, labels: readonly string[] = []): Gauge =>
    existing(registry, name, Gauge) ??
    new Gauge({ name: `watchpost_${name}`, help, labelNames: [...labels], registers: [registry] });
  const histogram = (
    name: string,
    help: string,
    labels: readonly string[] = [],
    buckets: readonly number[] = DEFAULT_BUCKETS_S,
  ): Histogram =>
    existing(registry, name, Histogram) ??
    new Histogram({ name: `watchpost_${name}`, help, labelNames: [...labels], buckets: [...buckets], registers: [registry] });

  return {
    registry,
    counter,
    gauge,
    histogram,
    dropped: counter('dropped_total', 'Records that were dropped or refused, by reason', ['reason']),
    text: () => registry.metrics(),
  };
}

function existing<T>(registry: Registry, name: string, type: new (...parameters: never[]) => T): T | undefined {
  const metric: unknown = registry.getSingleMetric(`watchpost_${name}`);
  if (metric === undefined) return undefined;
  if (!(metric instanceof type)) throw new TypeError(`metric watchpost_${name} exists with another type`);
  return metric;
}
