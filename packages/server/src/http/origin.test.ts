import type { FastifyRequest } from 'fastify';
import { describe, expect, it } from 'vitest';
import { isLocalRequest, isLoopback, requireSameOrigin } from './origin.ts';

const request = (headers: Record<string, string>, more: object = {}) =>
  ({
    headers,
    protocol: 'http',
    host: 'watch.example:8080',
    hostname: 'watch.example',
    socket: { remoteAddress: '127.0.0.1' },
    ...more,
  }) as unknown as FastifyRequest;

describe('same origin', () => {
  it.each([
    [{}],
    [{ origin: 'http://watch.example:8080' }],
    [{ origin: 'https://watch.example:8080' }],
    [{ origin: 'https://public.example' }],
    [{ 'sec-fetch-site': 'same-origin' }],
  ])('takes %j', (headers) => {
    expect(() => requireSameOrigin(request(headers), 'https://public.example')).not.toThrow();
  });
  it.each([
    [{ origin: 'https://evil.example' }],
    [{ origin: 'null' }],
    [{ origin: 'http://watch.example' }],
    [{ 'sec-fetch-site': 'cross-site' }],
    [{ 'sec-fetch-site': 'same-site' }],
  ])('refuses %j', (headers) => {
    expect(() => requireSameOrigin(request(headers), 'https://public.example')).toThrow(
      expect.objectContaining({ code: 'cross-origin' }),
    );
  });
});

describe('same origin over https', () => {
  it('is not a page of the same name over http', () => {
    const secure = (origin: string) => request({ origin }, { protocol: 'https' });
    expect(() => requireSameOrigin(secure('https://watch.example:8080'), null)).not.toThrow();
    expect(() => requireSameOrigin(secure('http://watch.example:8080'), null)).toThrow(
      expect.objectContaining({ code: 'cross-origin' }),
    );
  });
});

describe('the own machine', () => {
  it('is loopback by a loopback name, without a proxy between', () => {
    expect(isLocalRequest(request({}, { hostname: 'localhost' }))).toBe(true);
    expect(isLocalRequest(request({}, { hostname: '[::1]' }))).toBe(true);
    expect(isLocalRequest(request({}))).toBe(false);
    expect(isLocalRequest(request({ 'x-forwarded-for': '127.0.0.1' }, { hostname: 'localhost' }))).toBe(false);
    expect(isLocalRequest(request({}, { hostname: 'localhost', socket: { remoteAddress: '192.0.2.1' } }))).toBe(false);
  });
  it.each(['127.0.0.1', '127.8.8.8', '::1', '::ffff:127.0.0.1'])('knows %s', (address) => expect(isLoopback(address)).toBe(true));
  it.each(['10.0.0.1', '::', '127.evil.example', ''])('does not take %s', (address) => expect(isLoopback(address)).toBe(false));
});
