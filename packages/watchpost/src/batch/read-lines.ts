/** Bytes of one line of input. A longer one is given as its beginning, and marked. */
export const LINE_LIMIT_BYTES = 1_048_576;

export type InputLine = { readonly number: number; readonly text: string; readonly isTooLong: boolean };

/** Lines of a stream, with or without a line break at its end. Empty lines are left out, but counted. */
export async function* readLines(source: AsyncIterable<Buffer>): AsyncGenerator<InputLine> {
  let number = 1;
  let parts: Buffer[] = [];
  let bytes = 0;
  const take = (): InputLine | null => {
    const whole = parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts);
    const isTooLong = bytes > LINE_LIMIT_BYTES;
    const line = { number, text: whole.toString('utf8', 0, isTooLong ? 200 : bytes), isTooLong };
    parts = [];
    bytes = 0;
    number++;
    return line.text.trim() === '' ? null : line;
  };
  for await (const chunk of source) {
    let from = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, from)) {
      if (bytes <= LINE_LIMIT_BYTES) parts.push(chunk.subarray(from, end));
      bytes += end - from;
      from = end + 1;
      const line = take();
      if (line !== null) yield line;
    }
    if (from < chunk.length) {
      if (bytes <= LINE_LIMIT_BYTES) parts.push(Buffer.from(chunk.subarray(from)));
      bytes += chunk.length - from;
    }
  }
  const last = bytes > 0 ? take() : null;
  if (last !== null) yield last;
}
