import { memo } from 'react';

const WIDTH = 150;
const HEIGHT = 22;

/** Path of the values over the slots; a slot without a value is a gap, a lonely one a dot. */
export function sparkPath(values: readonly (number | null)[], width: number, height: number): string {
  const highest = values.reduce<number>((most, value) => Math.max(most, value ?? 0), 0) || 1;
  const step = values.length > 1 ? width / (values.length - 1) : 0;
  let path = '';
  values.forEach((value, index) => {
    if (value === null) return;
    const x = (index * step).toFixed(1);
    const y = (height - 2 - (value / highest) * (height - 4)).toFixed(1);
    const isStart = (values[index - 1] ?? null) === null;
    path += `${isStart ? 'M' : 'L'}${x} ${y}`;
    if (isStart && (values[index + 1] ?? null) === null) path += 'h1.5';
  });
  return path;
}

/** Response time of a line as a small curve; slots with failures are marked below. One path each: hundreds cost little. */
export const Sparkline = memo(function Sparkline(props: {
  readonly values: readonly (number | null)[];
  readonly down: readonly (number | null)[];
}) {
  const slot = WIDTH / Math.max(1, props.down.length);
  const failures = props.down
    .map((share, index) =>
      share !== null && share > 0 ? `M${(index * slot).toFixed(1)} ${HEIGHT - 1}h${Math.max(1.5, slot).toFixed(1)}` : '',
    )
    .join('');
  return (
    <svg width="100%" height={HEIGHT} viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
      <path
        d={sparkPath(props.values, WIDTH, HEIGHT - 2)}
        fill="none"
        stroke="var(--wp-spark)"
        strokeWidth="1.3"
        vectorEffect="non-scaling-stroke"
      />
      {failures !== '' && <path d={failures} stroke="var(--wp-down)" strokeWidth="3" fill="none" />}
    </svg>
  );
});
