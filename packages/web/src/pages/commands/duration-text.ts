const SECOND_US = 1_000_000;

/** `12 ms`, `3.4 s`, `5 min 2 s`, `2 h 3 min`. */
export function durationText(us: number): string {
  if (us < SECOND_US) return `${Math.round(us / 1_000)} ms`;
  const seconds = us / SECOND_US;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 3_600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3_600)} h ${Math.floor((whole % 3_600) / 60)} min`;
}
