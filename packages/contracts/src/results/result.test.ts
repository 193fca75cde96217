import { describe, expect, it } from 'vitest';
import { ERROR_CODES } from './error-codes.ts';
import { formatResultId, parseResultId } from './result.ts';

describe('result id', () => {
  it('reads back what it wrote', () => {
    const id = { agentId: 'agt_7Fq', epoch: 1_795_000_000_000, sequence: 42 };
    expect(parseResultId(formatResultId(id))).toEqual(id);
  });

  it.each(['', 'a:1', 'a:1:2:3', 'a b:1:2', 'a:-1:2', 'a:1:x'])('refuses %j', (text) => {
    expect(parseResultId(text)).toBeNull();
  });
});

describe('error codes', () => {
  it('are words joined by dashes, each with a sentence', () => {
    for (const [code, entry] of Object.entries(ERROR_CODES)) {
      expect(code).toMatch(/^[a-z]+(-[a-z]+)*$/);
      expect(entry.text).toMatch(/^[A-Z].*[^.]$/);
    }
  });
});
