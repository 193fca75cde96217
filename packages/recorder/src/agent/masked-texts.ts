import type { Found } from '../reader/follow-spool.ts';
import type { Redactor } from '../redaction/redactor.ts';
import { type CommandText, commandText, commandTextInTurns } from './command-text.ts';

/** Bytes of what was typed that are masked at once. More, of one turn of a file, is masked bit by bit, beside all other work. */
const AT_ONCE_BYTES = 16 * 1024;

/** What was typed, masked. */
export type MaskedTexts = {
  readonly of: (bytes: Buffer) => CommandText;
  /** Work to be done before `of` is asked for these; null: it is so little that `of` does it at once. */
  readonly prepare: (found: readonly Found[]) => (() => Promise<void>) | null;
};

export function createMaskedTexts(options: { readonly redactor: Redactor; readonly signal: AbortSignal }): MaskedTexts {
  const { redactor, signal } = options;
  const ready = new WeakMap<Buffer, CommandText>();
  return {
    of: (bytes) => ready.get(bytes) ?? commandText(bytes, redactor),
    prepare(found) {
      const texts = found.flatMap((each) =>
        'piece' in each && 'record' in each.piece && 'text' in each.piece.record ? [each.piece.record.text] : [],
      );
      if (texts.reduce((sum, { length }) => sum + length, 0) <= AT_ONCE_BYTES) return null;
      return async () => {
        for (const text of texts) ready.set(text, await commandTextInTurns(text, redactor, signal));
      };
    },
  };
}
