import { COMMAND_TEXT_BYTES, type UnchainedCommand } from '@watchpost/contracts/commands/command';
import { WIRE_LIMITS } from '@watchpost/contracts/protocol';
import type { Redacted, Redactor } from '../redaction/redactor.ts';

/** As JSON a text may be longer than this: then it goes as base64. */
const JSON_BYTES = WIRE_LIMITS.commandBytes - 1024 * 1024;

export type CommandText = Pick<UnchainedCommand, 'text' | 'textBase64' | 'textBytes' | 'redactions'>;

type Typed = { readonly text: string; readonly encoding: 'utf8' | 'latin1'; readonly textBytes: number };

/** Masks what was typed and puts it into the form of the wire. The length is that of what was typed. */
export function commandText(bytes: Buffer, redactor: Redactor): CommandText {
  const typed = decode(bytes);
  return encode(typed, redactor.redact(typed.text));
}

/** The same for what may take long: other work has its turns. Rejects when the signal ends it. */
export async function commandTextInTurns(bytes: Buffer, redactor: Redactor, signal: AbortSignal): Promise<CommandText> {
  const typed = decode(bytes);
  return encode(typed, await redactor.redactInTurns(typed.text, signal));
}

function decode(bytes: Buffer): Typed {
  const textBytes = bytes.length;
  const kept = textBytes > COMMAND_TEXT_BYTES ? bytes.subarray(0, COMMAND_TEXT_BYTES) : bytes;
  const text = kept.toString('utf8');
  if (Buffer.from(text, 'utf8').equals(kept)) return { text, encoding: 'utf8', textBytes };
  // One character for each byte: the patterns find what is ASCII, and no byte is changed but those that are masked.
  return { text: kept.toString('latin1'), encoding: 'latin1', textBytes };
}

function encode({ encoding, textBytes }: Typed, { text, redactions: found }: Redacted): CommandText {
  const redactions = [...found];
  const isLong = text.length > JSON_BYTES / 6 && Buffer.byteLength(JSON.stringify(text)) > JSON_BYTES;
  return encoding === 'latin1' || isLong
    ? { text: null, textBase64: Buffer.from(text, encoding).toString('base64'), textBytes, redactions }
    : { text, textBase64: null, textBytes, redactions };
}
