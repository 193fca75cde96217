import './request-types.ts';
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join, normalize } from 'node:path';
import fastifyStatic from '@fastify/static';
import { AppError } from '@watchpost/contracts/errors/app-error';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { SESSION_COOKIE } from '../identity/accounts.ts';
import { rangeName } from '../quality/overview.ts';
import { contentSecurityPolicy, formatPolicy } from './content-security-policy.ts';

/** Stands in `index.html` where the nonce of the answer goes. */
const NONCE_PLACE = '__CSP_NONCE__';

/** Stands in `index.html` where the browser is told what the page will ask for first. */
const REQUESTS_PLACE = '<!-- first-requests -->';

/** Characters of the name of a file; a longer one makes the file system fail. */
const LONGEST_PATH = 200;

/**
 * Serves the built page. Files under `assets/` have their hash in the name and never change; every address that is not a
 * file and not of the API gives `index.html`, where the page's own router takes over.
 */
export async function servePage(app: FastifyInstance, dir: string): Promise<void> {
  const indexFile = join(dir, 'index.html');
  let index: { readonly text: string; readonly mtimeMs: number } | null = null;
  const readIndex = (): string | null => {
    const mtimeMs = statSync(indexFile, { throwIfNoEntry: false })?.mtimeMs;
    if (mtimeMs === undefined) return null;
    if (index?.mtimeMs !== mtimeMs) index = { text: readFileSync(indexFile, 'utf8'), mtimeMs };
    return index.text;
  };
  const sendIndex = (request: FastifyRequest, reply: FastifyReply) => {
    const text = readIndex();
    if (text === null) return reply.code(503).type('text/plain; charset=utf-8').send('The page is not built. Run: npm start\n');
    const nonce = randomBytes(16).toString('base64url');
    const styleSource = text.includes(NONCE_PLACE) ? `'nonce-${nonce}'` : "'unsafe-inline'";
    return reply
      .header('content-security-policy', formatPolicy(contentSecurityPolicy(styleSource)))
      .header('cache-control', 'no-cache')
      .type('text/html; charset=utf-8')
      .send(text.replaceAll(NONCE_PLACE, nonce).replace(REQUESTS_PLACE, firstRequests(request).map(preload).join('')));
  };
  if (existsSync(dir)) await app.register(fastifyStatic, { root: dir, serve: false, cacheControl: false, preCompressed: true });
  app.get<{ Params: { '*': string } }>('/*', { config: { role: 'public' }, schema: { hide: true } }, (request, reply) => {
    const path = normalize(request.params['*']);
    if (path.startsWith('api/')) throw new AppError('not-found');
    if (path === '.' || path === 'index.html') return sendIndex(request, reply);
    if (isFile(dir, path)) {
      reply.header('cache-control', path.startsWith('assets/') ? 'public, max-age=31536000, immutable' : 'no-cache');
      return reply.sendFile(path);
    }
    if (/\.[a-z0-9]{1,8}$/i.test(path)) throw new AppError('not-found');
    return sendIndex(request, reply);
  });
}

function isFile(dir: string, path: string): boolean {
  if (path.startsWith('..') || path.includes('\0') || path.length > LONGEST_PATH) return false;
  return statSync(join(dir, path), { throwIfNoEntry: false })?.isFile() === true;
}

/**
 * What the page asks for as soon as it runs, so that the answers are there by then. The overview only of a browser that has a
 * session cookie, whether or not it is still valid.
 */
function firstRequests({ url, headers }: FastifyRequest): readonly string[] {
  const [path, search] = url.split('?', 2);
  const query = new URLSearchParams(search);
  if (path !== '/' || query.has('from') || headers.cookie?.includes(`${SESSION_COOKIE}=`) !== true) return ['/session'];
  return [`/overview?range=${rangeName(query.get('range') ?? '') ?? '3h'}`, '/session', '/vantages'];
}

const preload = (path: string): string => `<link rel="preload" as="fetch" crossorigin href="/api/v1${path}" />`;
