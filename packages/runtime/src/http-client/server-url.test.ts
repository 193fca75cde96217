import { expect, test } from 'vitest';
import { parseServerUrl } from './server-url.ts';

test.each([
  'https://watchpost.example.com',
  'https://10.0.0.1:8443/base/',
  'http://localhost:8080',
  'http://127.8.9.1',
  'http://[::1]:8080',
])('%s is taken', (url) => {
  expect(parseServerUrl(url).href).toBe(new URL(url).href);
});

test.each([
  ['watchpost.example.com', /must be a URL/],
  ['ftp://a', /must begin with https/],
  ['http://watchpost.example.com', /must be https:\/\/ unless/],
  ['http://127.0.0.1.example.com', /must be https:\/\/ unless/],
  ['http://10.0.0.1', /must be https:\/\/ unless/],
  ['https://user:password@a', /must not hold a user name/],
  ['https://a/?b', /must not hold a query/],
])('%s is refused', (url, rule) => {
  expect(() => parseServerUrl(url)).toThrow(rule);
});

test('plain http elsewhere can be allowed', () => {
  expect(parseServerUrl('http://10.0.0.1:8080', { allowInsecure: true }).port).toBe('8080');
});
