import { checkSchema } from '@watchpost/contracts/targets/check';
import { expect, it } from 'vitest';
import { hideSecrets, restoreSecrets } from './hide-secrets.ts';

it('shows nothing that opens a door, and a check that is still valid', () => {
  const check = checkSchema.parse({
    kind: 'http',
    url: 'https://user:zzz1@shop.example/',
    method: 'POST',
    headers: [
      { name: 'Authorization', value: 'Bearer zzz2' },
      { name: 'X-API-Key', value: 'zzz3' },
      { name: 'Cookie', value: 'zzz4' },
      { name: 'Accept', value: 'text/html' },
    ],
    body: 'password=zzz5',
    auth: { type: 'bearer', token: 'zzz6' },
  });
  const hidden = hideSecrets(check);
  expect(JSON.stringify(hidden)).not.toContain('zzz');
  expect(hidden).toMatchObject({ headers: [{}, {}, {}, { value: 'text/html' }] });
  expect(checkSchema.parse(hidden)).toEqual(hidden);
});

const stored = checkSchema.parse({
  kind: 'http',
  url: 'https://user:zzz1@shop.example/?page=1&access_token=zzz2#part',
  headers: [{ name: 'X-API-Key', value: 'zzz3' }],
  body: 'zzz4',
  auth: { type: 'basic', username: 'u', password: 'zzz5' },
});

it('hides secrets within addresses', () => {
  expect(hideSecrets(stored)).toMatchObject({ url: 'https://user:(hidden)@shop.example/?page=1&access_token=(hidden)#part' });
  const odd = checkSchema.parse({ kind: 'http', url: 'http://u:p:zzz@@h.example/a@b' });
  expect(JSON.stringify(hideSecrets(odd))).not.toContain('zzz');
});

it('restores what was hidden when it comes back, for the same place only', () => {
  expect(restoreSecrets(hideSecrets(stored), stored)).toEqual({ check: stored, issues: [] });
  expect(restoreSecrets(stored, null)).toEqual({ check: stored, issues: [] });
  const hidden = hideSecrets(stored);
  if (hidden.kind !== 'http') throw new Error('not http');
  const fields = (check: typeof hidden, before: typeof stored | null = stored) =>
    restoreSecrets(check, before).issues.map(({ field }) => field);
  const all = ['check.url', 'check.headers.0.value', 'check.body', 'check.auth.password'];
  expect(fields(hidden, null)).toEqual(all);
  expect(fields({ ...hidden, url: hidden.url.replace('shop', 'evil') })).toEqual(all);
  expect(fields({ ...hidden, url: 'https://evil.example/' })).toEqual(all.slice(1));
  expect(fields({ ...hidden, url: 'https://shop.example/other' })).toEqual([]);
  expect(fields({ ...hidden, auth: { type: 'basic', username: 'other', password: '(hidden)' } })).toEqual([
    'check.auth.password',
  ]);
  expect(fields({ ...hidden, auth: { type: 'bearer', token: '(hidden)' } })).toEqual(['check.auth.token']);
  expect(fields({ ...hidden, headers: [{ name: 'X-Other', value: '(hidden)' }] })).toEqual(['check.headers.0.value']);
});
