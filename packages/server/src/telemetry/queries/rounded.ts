/** More digits than mean something make an answer twice as long to send: `parts` of one are kept. */
export function rounded(value: number, parts: number): number {
  return Math.round(value * parts) / parts;
}
