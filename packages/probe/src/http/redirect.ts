import { Failed } from './failed.ts';
import { headerValues, type Header } from './response-head.ts';

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/**
 * Where an answer sends us; null: it is no redirect, or names no place (then it is the final answer, as in curl).
 * Throws {@link Failed} `bad-redirect` when the place is not an http or https address.
 */
export function redirectTarget(url: URL, status: number, headers: readonly Header[]): URL | null {
  if (!REDIRECTS.has(status)) return null;
  const [location] = headerValues(headers, 'location');
  if (location === undefined) return null;
  // Header text is latin1 here; addresses that are not ASCII come as UTF-8.
  const text = Buffer.from(location, 'latin1').toString('utf8');
  const target = URL.parse(text, url.href);
  if (target === null || !/^https?:$/.test(target.protocol) || target.hostname === '') {
    throw new Failed('bad-redirect', `status ${status} leads to ${JSON.stringify(text.slice(0, 200))}`);
  }
  return target;
}
