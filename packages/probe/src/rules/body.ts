import type { Breach, Evidence } from './evidence.ts';

/** Bytes of a body that a JSON rule reads: a longer one is not judged. */
export const JSON_BODY_LIMIT = 4 * 1024 * 1024;

const EMPTY = Buffer.alloc(0);
const texts = new WeakMap<Buffer, string>();
const documents = new WeakMap<Buffer, { readonly value: unknown } | { readonly problem: string }>();

/** The decoded body; empty when there was none. */
export function bodyBytes(evidence: Evidence): Buffer {
  return evidence.body ?? EMPTY;
}

/**
 * The body as UTF-8 text, its first 4 MiB at most; bytes that are not valid become U+FFFD. Decoded once for all rules.
 * The limit is more than a pattern reads, so a pattern never takes the cut for the end of the body.
 */
export function bodyText(evidence: Evidence): string {
  const bytes = bodyBytes(evidence);
  const known = texts.get(bytes);
  if (known !== undefined) return known;
  const text = bytes.toString('utf8', 0, Math.min(bytes.length, JSON_BODY_LIMIT));
  texts.set(bytes, text);
  return text;
}

/** The body as JSON, or why it is none. Parsed once for all rules. */
export function bodyJson(evidence: Evidence): { readonly value: unknown } | { readonly problem: string } {
  const bytes = bodyBytes(evidence);
  const known = documents.get(bytes);
  if (known !== undefined) return known;
  const parsed = parse(bytes, evidence);
  documents.set(bytes, parsed);
  return parsed;
}

function parse(bytes: Buffer, evidence: Evidence): { readonly value: unknown } | { readonly problem: string } {
  if (bytes.length === 0) return { problem: 'the body is empty' };
  try {
    return { value: JSON.parse(bodyText(evidence).replace(/^\ufeff/, '')) as unknown };
  } catch {
    return { problem: 'the body is not JSON' };
  }
}

/** The breach of a rule that needed more of the body than was read. */
export function undecided(rule: string, evidence: Evidence): Breach {
  return {
    code: 'body-truncated',
    text: `${rule} cannot be decided on the first ${bodyBytes(evidence).length} bytes of the body`,
  };
}
