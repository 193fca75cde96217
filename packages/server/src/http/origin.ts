import { isIP } from 'node:net';
import { AppError } from '@watchpost/contracts/errors/app-error';
import type { FastifyRequest } from 'fastify';

/**
 * Refuses requests that another site made a browser send. Browsers name the origin with every writing request; a client
 * that sends neither `Origin` nor `Sec-Fetch-Site` is not a browser. Throws `cross-origin`.
 */
export function requireSameOrigin(request: FastifyRequest, publicOrigin: string | null): void {
  const { origin } = request.headers;
  const site = request.headers['sec-fetch-site'];
  if (origin === undefined) {
    if (site !== undefined && site !== 'same-origin' && site !== 'none') throw new AppError('cross-origin');
    return;
  }
  if (origin === publicOrigin) return;
  const { host, protocol } = URL.parse(origin) ?? { host: null, protocol: null };
  // A page of the same name over plain http may come from whoever sits in the network. Only where this looks like http is
  // the scheme unknown: a proxy that ends the TLS and is not declared makes https look so.
  const isScheme = request.protocol !== 'https' || protocol === 'https:';
  if (host !== request.host || !isScheme) throw new AppError('cross-origin');
}

/**
 * True when the request was made on the server's own machine, by somebody who means it: over loopback, by a loopback name
 * (another name may be a DNS rebinding attack), and not handed on by a proxy.
 */
export function isLocalRequest(request: FastifyRequest): boolean {
  const { headers } = request;
  if (headers['x-forwarded-for'] !== undefined || headers.forwarded !== undefined || headers.via !== undefined) return false;
  return isLoopback(request.socket.remoteAddress ?? '') && isLoopbackName(request.hostname);
}

export function isLoopback(address: string): boolean {
  const plain = address.replace(/^\[|\]$/g, '').replace(/^::ffff:/, '');
  return plain === '::1' || (isIP(plain) === 4 && plain.startsWith('127.'));
}

/** Whether an address as `http://localhost:8080` stays on the machine it is used on. */
export function isLoopbackUrl(url: string): boolean {
  return isLoopbackName(URL.parse(url)?.hostname ?? '');
}

function isLoopbackName(name: string): boolean {
  return name === 'localhost' || isLoopback(name);
}
