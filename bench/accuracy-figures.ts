import type { TimedEvents } from '@watchpost/testkit/timed-server';
import type { Figures } from './bench.ts';
import { quantile, rounded } from './statistics.ts';
import { eventsOf, type Sample } from './timed-targets.ts';
import { timingErrors, type TimingErrors } from './timing-errors.ts';

const PHASES = ['dns', 'connect', 'tls', 'firstByte', 'body', 'total'] as const;
type Phase = (typeof PHASES)[number];
const QUANTILES = [0.5, 0.95, 0.99] as const;

/** What the tools measured in one condition. */
export type Measured = {
  readonly own: readonly Sample[];
  /** Results that say themselves that the probe was overloaded. They carry a bound, and are held to it. */
  readonly overloaded: readonly Sample[];
  readonly blackbox: readonly Sample[] | null;
};
type Compared = { readonly sample: Sample; readonly errors: TimingErrors };

function compare(samples: readonly Sample[], events: readonly TimedEvents[]): readonly Compared[] {
  return eventsOf(samples, events).flatMap(({ sample, seen }) => {
    const errors = timingErrors(sample.times, seen);
    return errors === null ? [] : [{ sample, errors }];
  });
}

const errorsOf = (compared: readonly Compared[], phase: Phase): readonly number[] =>
  compared.flatMap(({ errors }) => (errors[phase] === null ? [] : [Math.abs(errors[phase])]));

/**
 * Figures of one condition. A line for each phase gives the 50th, 95th and 99th percentile of the error in µs, ours,
 * blackbox_exporter's, and the ratios of the two.
 */
export function accuracyFigures(name: string, measured: Measured, events: readonly TimedEvents[]): Figures {
  const { own, overloaded, blackbox } = measured;
  const all = compare([...own, ...overloaded], events);
  const marked = new Set(overloaded);
  const good = all.filter(({ sample }) => !marked.has(sample));
  const other = blackbox === null ? [] : compare(blackbox, events);
  const bounded = all.filter(({ sample }) => sample.uncertaintyUs !== null);
  const isWithin = ({ sample, errors }: Compared) =>
    PHASES.every((phase) => Math.abs(errors[phase] ?? 0) <= (sample.uncertaintyUs ?? 0));
  const beyond = bounded
    .map(({ sample, errors }) => Math.max(...PHASES.map((phase) => Math.abs(errors[phase] ?? 0))) - (sample.uncertaintyUs ?? 0))
    .filter((us) => us > 0)
    .toSorted((a, b) => b - a);
  const bounds = good.map(({ sample }) => sample.uncertaintyUs ?? Number.NaN);

  const figures: Record<string, number | string> = {
    [`${name}-compared`]: good.length,
    [`${name}-notCompared`]: own.length + overloaded.length - all.length,
    [`${name}-overloadedRatio`]: rounded(overloaded.length / Math.max(1, own.length + overloaded.length), 4),
    [`${name}-withinBoundRatio`]: rounded(bounded.filter(isWithin).length / bounded.length, 5),
    /** How far the worst are beyond their bound. */
    [`${name}-beyondBoundUs`]: beyond
      .slice(0, 8)
      .map((us) => rounded(us))
      .join('/'),
    [`${name}-boundP50P99Us`]: `${rounded(quantile(bounds, 0.5))}/${rounded(quantile(bounds, 0.99))}`,
  };
  let highest = 0;
  for (const phase of PHASES) {
    const ours = QUANTILES.map((q) => rounded(quantile(errorsOf(good, phase), q)));
    const theirs = QUANTILES.map((q) => rounded(quantile(errorsOf(other, phase), q)));
    const ratios = ours.map((value, index) => rounded(value / (theirs[index] ?? Number.NaN), 2));
    highest = Math.max(highest, ratios[1] ?? 0);
    figures[`${name}-${phase}Us`] =
      other.length === 0 ? ours.join('/') : `${ours.join('/')} to ${theirs.join('/')}, ratio ${ratios.join('/')}`;
  }
  if (other.length > 0) {
    figures[`${name}-blackboxCompared`] = other.length;
    figures[`${name}-highestP95Ratio`] = highest;
  }
  return figures;
}
