/** Pointers followed in one name (RFC 1035 §4.1.4): a name has 127 labels at most, so more is a loop. */
const MAX_POINTERS = 127;
const MAX_NAME_BYTES = 255;
const MAX_LABEL_BYTES = 63;
const POINTER = 0xc0;

/** The message breaks the rules of RFC 1035. It never leaves this folder. */
export class MalformedMessage extends Error {
  override readonly name = 'MalformedMessage';
}

/** Bytes of a name given as text without the final dot; null when it is not a name (empty or too long label, too long). */
export function encodeName(name: string): Buffer | null {
  if (name === '') return Buffer.from([0]);
  const text = Buffer.from(name, 'latin1');
  if (text.length + 2 > MAX_NAME_BYTES) return null;
  const wire = Buffer.alloc(text.length + 2);
  text.copy(wire, 1);
  let labelAt = 0;
  for (let at = 1; at <= text.length + 1; at++) {
    if (at !== text.length + 1 && wire[at] !== 0x2e) continue;
    const length = at - labelAt - 1;
    if (length === 0 || length > MAX_LABEL_BYTES) return null;
    wire[labelAt] = length;
    labelAt = at;
  }
  wire[text.length + 1] = 0;
  return wire;
}

/**
 * The name at `offset` and where the bytes after it begin. Bytes that are not printable, dots and backslashes in a label
 * are written as in zone files (`\.`, `\000`).
 */
export function decodeName(message: Buffer, offset: number): { readonly name: string; readonly end: number } {
  let at = offset;
  let end = -1;
  let pointers = 0;
  let bytes = 1;
  let name = '';
  for (;;) {
    const length = message[at];
    if (length === undefined) throw new MalformedMessage('a name runs over the end');
    if ((length & POINTER) === POINTER) {
      const low = message[at + 1];
      if (low === undefined) throw new MalformedMessage('a pointer runs over the end');
      if (++pointers > MAX_POINTERS) throw new MalformedMessage('the pointers of a name loop');
      if (end < 0) end = at + 2;
      at = ((length & 0x3f) << 8) | low;
      continue;
    }
    if (length > MAX_LABEL_BYTES) throw new MalformedMessage('a label has an unknown kind');
    if (length === 0) return { name, end: end < 0 ? at + 1 : end };
    if (at + 1 + length > message.length) throw new MalformedMessage('a label runs over the end');
    bytes += length + 1;
    if (bytes > MAX_NAME_BYTES) throw new MalformedMessage('a name is too long');
    const label = labelText(message, at + 1, at + 1 + length);
    name = name === '' ? label : `${name}.${label}`;
    at += length + 1;
  }
}

function labelText(message: Buffer, from: number, to: number): string {
  for (let at = from; at < to; at++) {
    const byte = message[at] ?? 0;
    if (byte <= 0x20 || byte >= 0x7f || byte === 0x2e || byte === 0x5c) return escaped(message.subarray(from, to));
  }
  return message.toString('latin1', from, to);
}

function escaped(label: Buffer): string {
  let text = '';
  for (const byte of label) {
    if (byte === 0x2e || byte === 0x5c) text += `\\${String.fromCharCode(byte)}`;
    else if (byte > 0x20 && byte < 0x7f) text += String.fromCharCode(byte);
    else text += `\\${String(byte).padStart(3, '0')}`;
  }
  return text;
}
