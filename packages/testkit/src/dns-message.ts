/** The little of the DNS message format (RFC 1035) that a test server needs. */

export const DNS_TYPES = { A: 1, NS: 2, CNAME: 5, SOA: 6, PTR: 12, MX: 15, TXT: 16, AAAA: 28, SRV: 33, CAA: 257 } as const;
export type DnsType = keyof typeof DNS_TYPES;

export const DNS_RCODES = { NOERROR: 0, FORMERR: 1, SERVFAIL: 2, NXDOMAIN: 3, NOTIMP: 4, REFUSED: 5 } as const;
export type DnsRcode = keyof typeof DNS_RCODES;

/**
 * A record of an answer. `value` is as in a zone file: `192.0.2.1`, `10 mail.test`, `0 5 443 www.test`,
 * `ns.test admin.test 1 2 3 4 5`, `0 issue "ca.test"`; a TXT value is the bare text.
 */
export type DnsRecord = { readonly name?: string; readonly type: DnsType; readonly value: string; readonly ttl?: number };

export type DnsQuestion = {
  readonly id: number;
  readonly name: string;
  readonly type: DnsType | null;
  readonly typeNumber: number;
};

/** Reads the question of a query; null when the bytes hold none. Names come back in lower case, without the last dot. */
export function parseQuestion(message: Buffer): DnsQuestion | null {
  if (message.length < 17 || message.readUInt16BE(4) !== 1) return null;
  const labels: string[] = [];
  let at = 12;
  for (;;) {
    const length = message[at];
    if (length === undefined || length > 63) return null;
    at += 1;
    if (length === 0) break;
    labels.push(message.toString('latin1', at, at + length));
    at += length;
  }
  if (at + 4 > message.length) return null;
  const typeNumber = message.readUInt16BE(at);
  const type = (Object.keys(DNS_TYPES) as DnsType[]).find((key) => DNS_TYPES[key] === typeNumber) ?? null;
  return { id: message.readUInt16BE(0), name: labels.join('.').toLowerCase(), type, typeNumber };
}

/** The whole answer to a question. */
export function buildAnswer(
  question: DnsQuestion,
  answer: { readonly rcode?: DnsRcode; readonly records?: readonly DnsRecord[]; readonly truncated?: boolean },
): Buffer {
  const records = answer.truncated === true ? [] : (answer.records ?? []);
  const header = Buffer.alloc(12);
  header.writeUInt16BE(question.id, 0);
  header.writeUInt16BE(0x8180 | (answer.truncated === true ? 0x0200 : 0) | DNS_RCODES[answer.rcode ?? 'NOERROR'], 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(records.length, 6);
  const asked = Buffer.concat([encodeName(question.name), uint16(question.typeNumber), uint16(1)]);
  return Buffer.concat([header, asked, ...records.map((record) => encodeRecord(record, question.name))]);
}

function encodeRecord(record: DnsRecord, owner: string): Buffer {
  const data = encodeValue(record);
  const fixed = Buffer.alloc(10);
  fixed.writeUInt16BE(DNS_TYPES[record.type], 0);
  fixed.writeUInt16BE(1, 2);
  fixed.writeUInt32BE(record.ttl ?? 60, 4);
  fixed.writeUInt16BE(data.length, 8);
  return Buffer.concat([encodeName(record.name ?? owner), fixed, data]);
}

function encodeValue({ type, value }: DnsRecord): Buffer {
  const words = value.split(' ');
  const word = (index: number) => words[index] ?? '';
  switch (type) {
    case 'A':
      return Buffer.from(value.split('.').map(Number));
    case 'AAAA':
      return encodeIpv6(value);
    case 'CNAME':
    case 'NS':
    case 'PTR':
      return encodeName(value);
    case 'MX':
      return Buffer.concat([uint16(Number(word(0))), encodeName(word(1))]);
    case 'SRV':
      return Buffer.concat([uint16(Number(word(0))), uint16(Number(word(1))), uint16(Number(word(2))), encodeName(word(3))]);
    case 'SOA':
      return Buffer.concat([
        encodeName(word(0)),
        encodeName(word(1)),
        ...words.slice(2, 7).map((number) => uint32(Number(number))),
      ]);
    case 'TXT':
      return Buffer.concat((value.match(/[^]{1,255}/g) ?? ['']).map(characterString));
    case 'CAA': {
      const text = value.slice(word(0).length + word(1).length + 2).replaceAll('"', '');
      return Buffer.concat([Buffer.from([Number(word(0))]), characterString(word(1)), Buffer.from(text)]);
    }
  }
}

function encodeName(name: string): Buffer {
  const labels = name.split('.').filter((label) => label !== '');
  return Buffer.concat([...labels.map(characterString), Buffer.from([0])]);
}

function characterString(text: string): Buffer {
  const bytes = Buffer.from(text, 'latin1');
  return Buffer.concat([Buffer.from([bytes.length]), bytes]);
}

function encodeIpv6(address: string): Buffer {
  const [head = '', tail = ''] = address.split('::');
  const groups = (part: string) => part.split(':').filter((group) => group !== '');
  const left = groups(head);
  const right = address.includes('::') ? groups(tail) : [];
  const middle = Array.from({ length: 8 - left.length - right.length }, () => '0');
  return Buffer.concat([...left, ...middle, ...right].map((group) => uint16(Number.parseInt(group, 16))));
}

function uint16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
