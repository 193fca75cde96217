import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeQuery, followAliases, isAnswerTo, readAnswers } from './message.ts';
import { decodeName, encodeName, MalformedMessage } from './name.ts';

function query(name: string) {
  const found = encodeQuery(name, 'A', true);
  if (found === null) throw new Error(`${name} should be a name`);
  return found;
}

/** An answer to `query` with the bytes of its answer section. */
function answer(asked: ReturnType<typeof query>, count: number, section: Buffer): Buffer {
  const head = Buffer.from(asked.message.subarray(0, asked.questionEnd));
  head[2] = 0x81;
  head[3] = 0x80;
  head.writeUInt16BE(count, 6);
  return Buffer.concat([head, section]);
}

describe('names', () => {
  it('goes there and back', () => {
    const label = fc.stringMatching(/^[a-z0-9_-]{1,20}$/);
    fc.assert(
      fc.property(fc.array(label, { minLength: 1, maxLength: 8 }), (labels) => {
        const name = labels.join('.');
        expect(decodeName(encodeName(name)!, 0).name).toBe(name);
      }),
    );
  });

  it.each(['a..b', '.a', 'x'.repeat(64), `${'a.'.repeat(127)}a`])('refuses %s', (name) => {
    expect(encodeName(name)).toBeNull();
  });

  it('refuses pointers that loop and names that run over the end', () => {
    expect(() => decodeName(Buffer.from([0xc0, 0]), 0)).toThrow(MalformedMessage);
    expect(() => decodeName(Buffer.from([1, 0x61, 0xc0, 0]), 0)).toThrow(MalformedMessage);
    expect(() => decodeName(Buffer.from([5, 0x61]), 0)).toThrow(MalformedMessage);
  });
});

describe('answers', () => {
  it('belong to a query only with its id and its question', () => {
    const asked = query('www.example.test');
    const right = answer(asked, 0, Buffer.alloc(0));
    right.writeUInt16BE(7, 0);
    expect(isAnswerTo(right, asked, 7)).toBe(true);
    expect(isAnswerTo(right, asked, 8)).toBe(false);
    const otherCase = Buffer.from(right);
    otherCase[13] = 0x57;
    expect(isAnswerTo(otherCase, asked, 7)).toBe(true);
    const otherName = Buffer.from(right);
    otherName[13] = 0x78;
    expect(isAnswerTo(otherName, asked, 7)).toBe(false);
    const notAnAnswer = Buffer.from(right);
    notAnAnswer[2] = 1;
    expect(isAnswerTo(notAnAnswer, asked, 7)).toBe(false);
  });

  it('are read with compressed names', () => {
    const asked = query('a.test');
    const record = Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 1]);
    expect(readAnswers(answer(asked, 1, record), asked.questionEnd)).toEqual([
      { name: 'a.test', type: 'A', ttlS: 60, text: '192.0.2.1' },
    ]);
  });

  it('never do worse than being malformed, whatever bytes they hold', () => {
    const asked = query('a.test');
    let read = 0;
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat({ max: 5 }), fc.boolean(), (bytes, count, isTyped) => {
        const types = [1, 2, 5, 6, 12, 15, 16, 28, 33, 257 & 0xff];
        const head = isTyped
          ? Buffer.from([0xc0, 12, 0, types[count % 10] ?? 1, 0, 1, 0, 0, 0, 9, 0, bytes.length])
          : Buffer.alloc(0);
        try {
          readAnswers(answer(asked, count, Buffer.concat([head, bytes])), asked.questionEnd);
          read++;
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedMessage);
        }
      }),
      { numRuns: 5_000 },
    );
    expect(read).toBeGreaterThan(0);
  });

  it('follow aliases in any order and refuse a loop of them', () => {
    const alias = (name: string, text: string) => ({ name, type: 'CNAME', ttlS: 1, text });
    const address = { name: 'c.test', type: 'A', ttlS: 1, text: '192.0.2.1' };
    const records = [address, alias('b.test', 'C.test'), alias('a.test', 'b.test')];
    expect(followAliases(records, 'A.test.', 'A')).toEqual({ answers: ['192.0.2.1'], alias: 'c.test' });
    expect(followAliases(records.slice(1), 'a.test', 'A')).toEqual({ answers: [], alias: 'c.test' });
    expect(() => followAliases([alias('a.test', 'b.test'), alias('b.test', 'a.test')], 'a.test', 'A')).toThrow(MalformedMessage);
  });
});
