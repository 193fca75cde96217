import { memo } from 'react';
import { failurePath, sparkPath } from './spark-path.ts';

const WIDTH = 150;
const HEIGHT = 22;

/** Response time of a line as a small curve; slots with failures are marked below. One path each: hundreds cost little. */
export const Sparkline = memo(function Sparkline(props: {
  readonly values: readonly (number | null)[];
  readonly down: readonly (number | null)[];
  /** Slots from one measurement to the next at most. */
  readonly bridge: number;
}) {
  const failures = failurePath(props.down, WIDTH, HEIGHT - 1, props.bridge);
  return (
    <svg width="100%" height={HEIGHT} viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
      <path
        d={sparkPath(props.values, WIDTH, HEIGHT - 2, props.bridge)}
        fill="none"
        stroke="var(--wp-spark)"
        strokeWidth="1.3"
        vectorEffect="non-scaling-stroke"
      />
      {failures !== '' && <path d={failures} stroke="var(--wp-down)" strokeWidth="3" fill="none" />}
    </svg>
  );
});
