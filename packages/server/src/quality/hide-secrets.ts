import type { Check } from '@watchpost/contracts/targets/check';

const HIDDEN = '(hidden)';
const SECRET_HEADER = /auth|cookie|key|token|secret|password/i;

/** A check as a viewer may see it: without passwords, tokens and the headers that carry such. */
export function hideSecrets(check: Check): Check {
  if (check.kind !== 'http') return check;
  const { auth } = check;
  return {
    ...check,
    url: hideUrlPassword(check.url),
    headers: check.headers.map((header) => (SECRET_HEADER.test(header.name) ? { ...header, value: HIDDEN } : header)),
    body: check.body === null ? null : HIDDEN,
    auth: auth === null ? null : auth.type === 'basic' ? { ...auth, password: HIDDEN } : { ...auth, token: HIDDEN },
  };
}

function hideUrlPassword(text: string): string {
  const url = URL.parse(text);
  if (url === null || url.password === '') return text;
  url.password = 'hidden';
  return url.href;
}
