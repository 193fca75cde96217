import type { FieldIssue } from '@watchpost/contracts/errors/app-error';
import type { Check, HttpCheck } from '@watchpost/contracts/targets/check';

const HIDDEN = '(hidden)';
const SECRET_HEADER = /auth|cookie|key|token|secret|password/i;
const SECRET_PARAMETER = /([?&][^=&#]*(?:auth|key|token|secret|passw|pwd|signature)[^=&#]*=)[^&#]+/gi;

/** A check as a viewer may see it: without passwords, tokens and the headers that carry such. */
export function hideSecrets(check: Check): Check {
  if (check.kind !== 'http') return check;
  const { auth } = check;
  return {
    ...check,
    url: hideInUrl(check.url),
    headers: check.headers.map((header) => (SECRET_HEADER.test(header.name) ? { ...header, value: HIDDEN } : header)),
    body: check.body === null ? null : HIDDEN,
    auth: auth === null ? null : auth.type === 'basic' ? { ...auth, password: HIDDEN } : { ...auth, token: HIDDEN },
  };
}

/**
 * Undoes {@link hideSecrets} in a check that somebody sends back: what is hidden becomes what is `stored`, as long as the
 * check goes to the same place as before. `issues` names what cannot be known: `(hidden)` never becomes a secret itself.
 */
export function restoreSecrets(
  check: Check,
  stored: Check | null,
): { readonly check: Check; readonly issues: readonly FieldIssue[] } {
  if (check.kind !== 'http') return { check, issues: [] };
  const before = stored?.kind === 'http' && isSamePlace(check.url, stored.url) ? stored : null;
  const issues: FieldIssue[] = [];
  const restore = (field: string, known: string | undefined | null): string => {
    if (known !== undefined && known !== null) return known;
    issues.push({ field: `check.${field}`, value: HIDDEN, rule: 'must be given anew: it stands for a secret that is not shown' });
    return HIDDEN;
  };
  const url = check.url.includes(HIDDEN) ? restore('url', before?.url) : check.url;
  const headers = check.headers.map((header, index) => {
    if (header.value !== HIDDEN) return header;
    const known = before?.headers.filter(({ name }) => name.toLowerCase() === header.name.toLowerCase());
    const place = check.headers.slice(0, index).filter(({ name }) => name.toLowerCase() === header.name.toLowerCase()).length;
    return { ...header, value: restore(`headers.${index}.value`, known?.[place]?.value) };
  });
  const body = check.body === HIDDEN ? restore('body', before?.body) : check.body;
  return { check: { ...check, url, headers, body, auth: restoreAuth(check.auth, before?.auth ?? null, restore) }, issues };
}

function restoreAuth(
  auth: HttpCheck['auth'],
  before: HttpCheck['auth'],
  restore: (field: string, known: string | undefined) => string,
): HttpCheck['auth'] {
  if (auth?.type === 'basic' && auth.password === HIDDEN) {
    const known = before?.type === 'basic' && before.username === auth.username ? before.password : undefined;
    return { ...auth, password: restore('auth.password', known) };
  }
  if (auth?.type === 'bearer' && auth.token === HIDDEN) {
    return { ...auth, token: restore('auth.token', before?.type === 'bearer' ? before.token : undefined) };
  }
  return auth;
}

/** The same server; and where the address holds something hidden, the same address. */
function isSamePlace(url: string, stored: string): boolean {
  if (url.includes(HIDDEN)) return url === hideInUrl(stored);
  return URL.parse(url)?.origin === URL.parse(stored)?.origin;
}

function hideInUrl(text: string): string {
  const withoutParameters = text.replace(SECRET_PARAMETER, `$1${HIDDEN}`);
  return withoutParameters.replace(/^(https?:\/\/[^/?#:@]*:)[^/?#]*(?=@[^/?#@]*([/?#]|$))/i, `$1${HIDDEN}`);
}
