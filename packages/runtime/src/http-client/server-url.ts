import { isIP } from 'node:net';
import { AppError } from '@watchpost/contracts/errors/app-error';

/**
 * Reads the address of a server as a person gives it.
 *
 * Plain `http://` is taken only for the machine itself (loopback), unless `allowInsecure`: keys and results would
 * travel readable.
 * @throws AppError `bad-config` naming the rule.
 */
export function parseServerUrl(value: string, options: { readonly allowInsecure?: boolean } = {}): URL {
  const refuse = (rule: string): never => {
    throw new AppError('bad-config', `serverUrl ${rule}`, { issues: [{ field: 'serverUrl', value: value.slice(0, 120), rule }] });
  };
  if (!URL.canParse(value)) return refuse('must be a URL, as https://watchpost.example.com');
  const url = new URL(value);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return refuse('must begin with https:// or http://');
  if (url.username !== '' || url.password !== '') return refuse('must not hold a user name or password');
  if (url.search !== '' || url.hash !== '') return refuse('must not hold a query or fragment');
  if (url.protocol === 'http:' && options.allowInsecure !== true && !isLoopback(url.hostname)) {
    return refuse('must be https:// unless the server is on this machine (or allowInsecure is set)');
  }
  return url;
}

function isLoopback(hostname: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, '');
  if (host === 'localhost' || host.endsWith('.localhost')) return true;
  return isIP(host) === 4 ? host.startsWith('127.') : host === '::1';
}
