import { decodeName, encodeName, MalformedMessage } from './name.ts';
import { recordText, TYPE_NUMBERS, typeName } from './record-text.ts';
import type { DnsRecord, RecordType } from './resolver.ts';

const CLASS_IN = 1;
const TYPE_OPT = 41;
/** Largest UDP answer we take, told to the server by EDNS0: what passes without fragments (DNS Flag Day 2020). */
export const UDP_PAYLOAD_BYTES = 1_232;
/** Records of one answer that are read; a 64 KiB message can hold some thousands. */
const MAX_RECORDS = 4_096;

/** EDNS0 without options (RFC 6891): root name, OPT, payload size, no extended code, no flags, no data. */
const OPT_RECORD = Buffer.from([0, 0, TYPE_OPT, UDP_PAYLOAD_BYTES >> 8, UDP_PAYLOAD_BYTES & 0xff, 0, 0, 0, 0, 0, 0]);

export type Query = {
  /** The message, with the id 0. */
  readonly message: Buffer;
  /** Where the question ends: an answer must repeat these bytes (names without regard to case). */
  readonly questionEnd: number;
};

/** A recursive query for one name; null when it is not a name that DNS can carry. */
export function encodeQuery(name: string, type: RecordType, withEdns: boolean): Query | null {
  const wireName = encodeName(name.endsWith('.') ? name.slice(0, -1) : name);
  if (wireName === null) return null;
  const questionEnd = 12 + wireName.length + 4;
  const message = Buffer.alloc(questionEnd + (withEdns ? OPT_RECORD.length : 0));
  message[2] = 0x01;
  message[5] = 1;
  wireName.copy(message, 12);
  message.writeUInt16BE(TYPE_NUMBERS[type], questionEnd - 4);
  message.writeUInt16BE(CLASS_IN, questionEnd - 2);
  if (withEdns) {
    message[11] = 1;
    OPT_RECORD.copy(message, questionEnd);
  }
  return { message, questionEnd };
}

/** Whether a message is an answer to this query: id, answer bit, operation, and the very question. */
export function isAnswerTo(message: Buffer, query: Query, id: number): boolean {
  const { questionEnd } = query;
  if (message.length < questionEnd || message[0] !== id >> 8 || message[1] !== (id & 0xff)) return false;
  if (((message[2] ?? 0) & 0xf8) !== 0x80 || message[4] !== 0 || message[5] !== 1) return false;
  for (let at = 12; at < questionEnd; at++) {
    const got = message[at] ?? 0;
    const asked = query.message[at] ?? 0;
    if (got !== asked && (lowerCase(got) !== lowerCase(asked) || at >= questionEnd - 4)) return false;
  }
  return true;
}

/** An error answer of a server that could not even repeat the question (RFC 1035: FORMERR, also NOTIMP and REFUSED). */
export function isBareErrorTo(message: Buffer, id: number): boolean {
  if (message.length < 12 || message.readUInt16BE(0) !== id) return false;
  const flags = message.readUInt16BE(2);
  return (flags & 0xf800) === 0x8000 && (flags & 15) !== 0 && message.readUInt16BE(4) === 0;
}

function lowerCase(byte: number): number {
  return byte >= 0x41 && byte <= 0x5a ? byte + 32 : byte;
}

/** 0 NOERROR, 1 FORMERR, 2 SERVFAIL, 3 NXDOMAIN, 4 NOTIMP, 5 REFUSED. */
export function responseCode(message: Buffer): number {
  return (message[3] ?? 0) & 15;
}

export function isTruncated(message: Buffer): boolean {
  return ((message[2] ?? 0) & 2) !== 0;
}

/** The answer section. Throws {@link MalformedMessage} when it breaks the format. */
export function readAnswers(message: Buffer, questionEnd: number): readonly DnsRecord[] {
  const count = message.readUInt16BE(6);
  if (count > MAX_RECORDS) throw new MalformedMessage('there are too many records');
  const records: DnsRecord[] = [];
  let at = questionEnd;
  for (let index = 0; index < count; index++) {
    const { name, end } = decodeName(message, at);
    if (end + 10 > message.length) throw new MalformedMessage('a record runs over the end');
    const type = message.readUInt16BE(end);
    const recordClass = message.readUInt16BE(end + 2);
    const dataAt = end + 10;
    at = dataAt + message.readUInt16BE(end + 8);
    if (at > message.length) throw new MalformedMessage('the data of a record runs over the end');
    if (recordClass !== CLASS_IN || type === TYPE_OPT) continue;
    records.push({
      name,
      type: typeName(type),
      ttlS: message.readUInt32BE(end + 4),
      text: recordText(message, type, dataAt, at),
    });
  }
  return records;
}

/** CNAMEs followed from one name to its records. */
const MAX_ALIASES = 16;

/**
 * The records of the wanted type that belong to `name`, CNAMEs in the same answer followed. `alias` is the name at which
 * the chain ends, when the answer does not hold what is there: it has to be asked next.
 */
export function followAliases(
  records: readonly DnsRecord[],
  name: string,
  type: RecordType,
): { readonly answers: readonly string[]; readonly alias: string | null } {
  const asked = comparable(name);
  let owner = asked;
  for (let aliases = 0; aliases <= MAX_ALIASES; aliases++) {
    const here = records.filter((record) => comparable(record.name) === owner);
    const answers = here.filter((record) => record.type === type).map((record) => record.text);
    const next = here.find((record) => record.type === 'CNAME');
    if (answers.length > 0 || next === undefined) return { answers, alias: owner === asked ? null : owner };
    owner = comparable(next.text);
  }
  throw new MalformedMessage('the aliases of the name loop');
}

/** Names are compared without regard to case and to the final dot. */
function comparable(name: string): string {
  return (name.endsWith('.') ? name.slice(0, -1) : name).toLowerCase();
}
