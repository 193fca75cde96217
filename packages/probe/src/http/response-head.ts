import { Failed } from './failed.ts';

export type Header = readonly [name: string, value: string];

export type ResponseHead = {
  readonly httpVersion: '1.0' | '1.1';
  readonly status: number;
  readonly headers: readonly Header[];
};

const STATUS_LINE = /^HTTP\/(1\.[01]) ([1-9]\d\d)(?: .*)?$/;
const NONE: readonly string[] = [];
const FIELD_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/**
 * The head of an HTTP/1 answer (RFC 9112), given as one text of latin1 characters without the empty line at its end.
 * Tolerated as in curl: lines that end with LF alone, no reason phrase, a value that goes on in the next line (obs-fold:
 * joined by one space). Refused with `bad-response`: another protocol or version, a line without a colon, a name that is
 * not a token (a space before the colon too), NUL and lone CR.
 */
export function parseResponseHead(text: string): ResponseHead {
  const lines = text.split('\n');
  const statusLine = withoutCr(lines[0] ?? '');
  const match = STATUS_LINE.exec(statusLine);
  const [, version, status] = match ?? [];
  if (version === undefined || status === undefined) throw bad('the status line is', statusLine);
  const headers: [string, string][] = [];
  for (let index = 1; index < lines.length; index++) {
    const line = withoutCr(lines[index] ?? '');
    const first = line.charCodeAt(0);
    if (first === 0x20 || first === 0x09) {
      const last = headers.at(-1);
      if (last === undefined) throw bad('the first header line begins with a space:', line);
      last[1] = `${last[1]} ${line.trim()}`.trim();
      continue;
    }
    headers.push(parseHeaderLine(line));
  }
  return { httpVersion: version === '1.0' ? '1.0' : '1.1', status: Number(status), headers };
}

/** One header line without its end. */
export function parseHeaderLine(line: string): [string, string] {
  const colon = line.indexOf(':');
  const name = line.slice(0, Math.max(colon, 0));
  if (!FIELD_NAME.test(name)) throw bad('a header line is', line);
  if (line.includes('\0') || line.includes('\r')) throw bad('a header holds NUL or CR:', line);
  return [name, line.slice(colon + 1).trim()];
}

/** All values of a header, in their order; names are compared without regard to case. */
export function headerValues(headers: readonly Header[], name: string): readonly string[] {
  let values: string[] | null = null;
  for (const [key, value] of headers) {
    if (key.length === name.length && key.toLowerCase() === name) (values ??= []).push(value);
  }
  return values ?? NONE;
}

function withoutCr(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line;
}

/** What came is shown shortened, with what cannot be printed escaped. */
export function bad(what: string, got: string): Failed {
  return new Failed('bad-response', `${what} ${JSON.stringify(got.length > 120 ? `${got.slice(0, 120)}…` : got)}`);
}
