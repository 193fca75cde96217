import type { Writable } from 'node:stream';

/** Lines to a stream whose reader may be slow, or gone. */
export type Output = {
  /** Writes a value as a line of JSON. */
  readonly line: (value: unknown) => void;
  /** Writes lines that are JSON already; those of one turn of the event loop go out in one write. */
  readonly lines: (texts: readonly string[]) => void;
  /** Resolves when the reader has taken enough to go on. */
  readonly ready: () => Promise<void>;
  /** Resolves when all that was written is handed to the system. */
  readonly flush: () => Promise<void>;
};

/** @param onGone is called once when nobody reads any more (EPIPE) or writing fails. */
export function createOutput(stream: Writable, onGone: (error: Error) => void): Output {
  let isGone = false;
  let isFull = false;
  const waiters: (() => void)[] = [];
  let held = '';
  const write = (text: string): void => {
    if (!isGone && !stream.write(text)) isFull = true;
  };
  const writeHeld = (): void => {
    const text = held;
    held = '';
    if (text !== '') write(text);
  };
  const release = (): void => {
    isFull = false;
    for (const resolve of waiters.splice(0)) resolve();
  };
  stream.on('drain', release);
  stream.on('error', (error) => {
    if (!isGone) onGone(error);
    isGone = true;
    release();
  });
  return {
    line: (value) => {
      writeHeld();
      write(`${JSON.stringify(value)}\n`);
    },
    lines: (texts) => {
      if (held === '') setImmediate(writeHeld);
      for (const text of texts) held += `${text}\n`;
    },
    ready: () => (isFull && !isGone ? new Promise((resolve) => waiters.push(resolve)) : Promise.resolve()),
    flush: () => {
      writeHeld();
      return isGone ? Promise.resolve() : new Promise((resolve) => stream.write('', () => resolve()));
    },
  };
}
