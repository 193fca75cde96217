import { decodeName, MalformedMessage } from './name.ts';

/** Numbers of the record types (IANA "Resource Record (RR) TYPEs"). */
export const TYPE_NUMBERS = { A: 1, NS: 2, CNAME: 5, SOA: 6, PTR: 12, MX: 15, TXT: 16, AAAA: 28, SRV: 33, CAA: 257 } as const;

const TYPE_NAMES: ReadonlyMap<number, string> = new Map(Object.entries(TYPE_NUMBERS).map(([name, number]) => [number, name]));

/** `A`, or `TYPE65` for a type without a name here (RFC 3597). */
export function typeName(number: number): string {
  return TYPE_NAMES.get(number) ?? `TYPE${number}`;
}

/** The data of a record as `dig +short` shows it, names without the final dot. Throws {@link MalformedMessage}. */
export function recordText(message: Buffer, type: number, from: number, to: number): string {
  switch (type) {
    case TYPE_NUMBERS.A:
      return ipv4Text(message, from, to);
    case TYPE_NUMBERS.AAAA:
      return ipv6Text(message, from, to);
    case TYPE_NUMBERS.CNAME:
    case TYPE_NUMBERS.NS:
    case TYPE_NUMBERS.PTR:
      return nameText(message, from, to).name;
    case TYPE_NUMBERS.MX:
      return `${uint16(message, from, to)} ${nameText(message, from + 2, to).name || '.'}`;
    case TYPE_NUMBERS.SRV: {
      const numbers = [uint16(message, from, to), uint16(message, from + 2, to), uint16(message, from + 4, to)];
      return `${numbers.join(' ')} ${nameText(message, from + 6, to).name || '.'}`;
    }
    case TYPE_NUMBERS.SOA:
      return soaText(message, from, to);
    case TYPE_NUMBERS.TXT:
      return txtText(message, from, to);
    case TYPE_NUMBERS.CAA:
      return caaText(message, from, to);
    default:
      return `\\# ${to - from} ${message.toString('hex', from, to)}`.trimEnd();
  }
}

/** Dotted decimal. */
function ipv4Text(message: Buffer, from: number, to: number): string {
  if (to - from !== 4) throw new MalformedMessage('an A record is not 4 bytes long');
  return `${message[from]}.${message[from + 1]}.${message[from + 2]}.${message[from + 3]}`;
}

/** The canonical form of RFC 5952: lower case, the longest run of zeros as `::`. */
function ipv6Text(message: Buffer, from: number, to: number): string {
  if (to - from !== 16) throw new MalformedMessage('an AAAA record is not 16 bytes long');
  const groups = Array.from({ length: 8 }, (_, index) => message.readUInt16BE(from + index * 2).toString(16));
  let runAt = -1;
  let runLength = 1;
  for (let at = 0; at < 8; at++) {
    let length = 0;
    while (groups[at + length] === '0') length++;
    if (length > runLength) [runAt, runLength] = [at, length];
  }
  if (runAt < 0) return groups.join(':');
  return `${groups.slice(0, runAt).join(':')}::${groups.slice(runAt + runLength).join(':')}`;
}

function nameText(message: Buffer, from: number, to: number): { name: string; end: number } {
  const read = decodeName(message, from);
  if (read.end > to) throw new MalformedMessage('a name runs over its record');
  return read;
}

function soaText(message: Buffer, from: number, to: number): string {
  const server = nameText(message, from, to);
  const mailbox = nameText(message, server.end, to);
  if (mailbox.end + 20 > to) throw new MalformedMessage('a SOA record is too short');
  const numbers = [0, 4, 8, 12, 16].map((offset) => message.readUInt32BE(mailbox.end + offset));
  return `${server.name} ${mailbox.name} ${numbers.join(' ')}`;
}

/** The strings of the record joined: one long text (as SPF or DKIM) is often cut into strings of 255 bytes. */
function txtText(message: Buffer, from: number, to: number): string {
  const parts: Buffer[] = [];
  for (let at = from; at < to;) {
    const end = at + 1 + (message[at] ?? 0);
    if (end > to) throw new MalformedMessage('a text runs over its record');
    parts.push(message.subarray(at + 1, end));
    at = end;
  }
  return Buffer.concat(parts).toString('utf8');
}

function caaText(message: Buffer, from: number, to: number): string {
  const tagEnd = from + 2 + (message[from + 1] ?? 0);
  if (to - from < 2 || tagEnd > to) throw new MalformedMessage('a CAA record is too short');
  const tag = message.toString('latin1', from + 2, tagEnd);
  return `${message[from]} ${tag} "${message.toString('utf8', tagEnd, to)}"`;
}

function uint16(message: Buffer, at: number, to: number): number {
  if (at + 2 > to) throw new MalformedMessage('a record is too short');
  return message.readUInt16BE(at);
}
