import { checkSchema } from '@watchpost/contracts/targets/check';
import { expect, it } from 'vitest';
import { hideSecrets } from './hide-secrets.ts';

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
