import { bad, headerValues, type ResponseHead } from './response-head.ts';

/** How the end of a body is known (RFC 9112 §6.3). */
export type Framing =
  | { readonly type: 'none' }
  | { readonly type: 'length'; readonly bytes: number }
  | { readonly type: 'chunked' }
  | { readonly type: 'until-close' };

const NONE: Framing = { type: 'none' };

/**
 * Transfer-Encoding wins over Content-Length. Several equal lengths count as one, different ones are refused, and so is a
 * transfer encoding other than `chunked` and `identity`: we ask for none.
 */
export function framingOf(method: string, head: ResponseHead): Framing {
  const { status, headers } = head;
  const encodings = headerValues(headers, 'transfer-encoding').flatMap((value) => value.toLowerCase().split(','));
  const lengths = headerValues(headers, 'content-length').flatMap((value) => value.split(','));
  const bytes = lengths.length === 0 ? null : commonLength(lengths);
  if (method === 'HEAD' || status === 204 || status === 304 || status < 200) return NONE;
  const applied = encodings.map((encoding) => encoding.trim()).filter((encoding) => encoding !== '' && encoding !== 'identity');
  if (applied.length === 1 && applied[0] === 'chunked') return { type: 'chunked' };
  if (applied.length > 0) throw bad('the transfer encoding is', applied.join(', '));
  if (bytes === null) return { type: 'until-close' };
  return bytes === 0 ? NONE : { type: 'length', bytes };
}

/** The length the header states, whether or not a body follows; null when there is none that is usable. */
export function statedLength(headers: ResponseHead['headers']): number | null {
  const value = headerValues(headers, 'content-length')[0];
  if (value === undefined || !/^\d{1,15}$/.test(value)) return null;
  return Number(value);
}

function commonLength(values: readonly string[]): number {
  const texts = values.map((value) => value.trim());
  const first = texts[0] ?? '';
  if (!/^\d{1,15}$/.test(first)) throw bad('the Content-Length is', first);
  const differing = texts.find((text) => text !== first);
  if (differing !== undefined) throw bad('there are different Content-Lengths:', `${first}, ${differing}`);
  return Number(first);
}

/** Whether another request may follow on the same connection (RFC 9112 §9.3). */
export function keepsConnection(head: ResponseHead, framing: Framing): boolean {
  if (framing.type === 'until-close') return false;
  const options = headerValues(head.headers, 'connection').flatMap((value) => value.toLowerCase().split(','));
  const tokens = options.map((option) => option.trim());
  return head.httpVersion === '1.1' ? !tokens.includes('close') : tokens.includes('keep-alive');
}
