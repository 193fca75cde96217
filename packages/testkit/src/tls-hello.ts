/** Reads the server name from a TLS ClientHello record (RFC 8446 section 4.1.2, RFC 6066 section 3); null: none. */
export function serverNameOf(record: Buffer): string | null {
  // Record head 5, handshake head 4, version 2, random 32.
  let at = 43;
  const skip = (lengthBytes: 1 | 2) => {
    if (at + lengthBytes > record.length) return false;
    at += lengthBytes + record.readUIntBE(at, lengthBytes);
    return true;
  };
  if (record[0] !== 0x16 || record[5] !== 0x01) return null;
  if (!skip(1) || !skip(2) || !skip(1)) return null;
  at += 2;
  while (at + 4 <= record.length) {
    const type = record.readUInt16BE(at);
    const length = record.readUInt16BE(at + 2);
    if (type === 0 && at + 9 <= record.length) {
      const nameLength = record.readUInt16BE(at + 7);
      return record.toString('latin1', at + 9, at + 9 + nameLength);
    }
    at += 4 + length;
  }
  return null;
}
