import { COMMAND_TEXT_BYTES, type UnchainedCommand } from '@watchpost/contracts/commands/command';
import { WIRE_LIMITS } from '@watchpost/contracts/protocol';
import type { Redactor } from '../redaction/redactor.ts';

/** As JSON a text may be longer than this: then it goes as base64. */
const JSON_BYTES = WIRE_LIMITS.commandBytes - 1024 * 1024;

export type CommandText = Pick<UnchainedCommand, 'text' | 'textBase64' | 'textBytes' | 'redactions'>;

/** Masks what was typed and puts it into the form of the wire. The length is that of what was typed. */
export function commandText(bytes: Buffer, redactor: Redactor): CommandText {
  const textBytes = bytes.length;
  const kept = textBytes > COMMAND_TEXT_BYTES ? bytes.subarray(0, COMMAND_TEXT_BYTES) : bytes;
  const decoded = kept.toString('utf8');
  if (!Buffer.from(decoded, 'utf8').equals(kept)) {
    // One character for each byte: the patterns find what is ASCII, and no byte is changed but those that are masked.
    const { text, redactions } = redactor.redact(kept.toString('latin1'));
    return { text: null, textBase64: Buffer.from(text, 'latin1').toString('base64'), textBytes, redactions: [...redactions] };
  }
  const { text, redactions } = redactor.redact(decoded);
  const isLong = text.length > JSON_BYTES / 6 && Buffer.byteLength(JSON.stringify(text)) > JSON_BYTES;
  return isLong
    ? { text: null, textBase64: Buffer.from(text).toString('base64'), textBytes, redactions: [...redactions] }
    : { text, textBase64: null, textBytes, redactions: [...redactions] };
}
