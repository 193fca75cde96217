import './request-types.ts';
import { AppError } from '@watchpost/contracts/errors/app-error';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { AgentDirectory } from '../agents/agent-directory.ts';
import type { HostDirectory } from '../audit/host-directory.ts';
import type { AuditLogStore } from '../catalog/audit-log-store.ts';
import type { Accounts } from '../identity/accounts.ts';
import type { ApiKeys } from '../identity/api-keys.ts';
import { type Access, type Caller, callerName, hasRole } from '../identity/caller.ts';
import { isLocalRequest, requireSameOrigin } from './origin.ts';

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

export type AccessParts = {
  readonly accounts: Accounts;
  readonly apiKeys: ApiKeys;
  readonly agents: AgentDirectory;
  readonly hosts: HostDirectory;
  readonly auditLog: AuditLogStore;
  readonly wallMs: () => number;
  /** Origin of the configured public address; null: only the address that was asked counts. */
  readonly publicOrigin: string | null;
};

/**
 * Decides for every request who may. A route says who in `config.role`; one that does not say cannot be registered, and a
 * writing one for people must name its action, which then stands in the audit log before the answer goes out.
 */
export function guardAccess(app: FastifyInstance, parts: AccessParts): void {
  app.decorateRequest('caller', null);
  app.decorateRequest('deed');
  app.decorate('guardedRoutes', []);
  app.addHook('onRoute', ({ method, url, config }) => {
    const role = config?.role;
    if (role === undefined) throw new Error(`route ${String(method)} ${url} does not say who may use it`);
    const isWriting = [method].flat().some((name) => !SAFE_METHODS.has(name));
    if (isWriting && role !== 'agent' && role !== 'recorder' && role !== 'legacy' && config?.action === undefined) {
      throw new Error(`route ${String(method)} ${url} does not name its action`);
    }
    for (const name of [method].flat()) app.guardedRoutes.push({ method: name, url, role });
  });
  app.addHook('onRequest', async (request, reply) => {
    request.deed = {};
    const { role, isOpenLocally } = request.routeOptions.config;
    if (request.is404) return;
    if (role === undefined) throw new AppError('forbidden');
    const isWriting = !SAFE_METHODS.has(request.method);
    if (role === 'legacy') return;
    if (role === 'public') {
      if (isWriting) requireSameOrigin(request, parts.publicOrigin);
      return;
    }
    if (isOpenLocally === true && isLocalRequest(request)) return;
    request.caller = await identify(parts, request, reply, role);
    if (request.caller.kind === 'person' && isWriting) requireSameOrigin(request, parts.publicOrigin);
    requireRole(request.caller, role);
  });
  app.addHook('onSend', async (request, reply) => {
    const { action, role } = request.routeOptions.config;
    if (action === undefined || role === 'agent' || role === 'recorder' || reply.statusCode >= 400) return;
    await parts.auditLog.add({
      at: parts.wallMs(),
      actor: request.deed.actor ?? (request.caller === null ? 'nobody' : callerName(request.caller)),
      action,
      subject: request.deed.subject ?? Object.values((request.params ?? {}) as Record<string, string>).join(' '),
      sourceIp: request.ip,
      detail: request.deed.detail ?? null,
    });
  });
}

async function identify(parts: AccessParts, request: FastifyRequest, reply: FastifyReply, role: Access): Promise<Caller> {
  const [, bearer] = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '') ?? [];
  if (role === 'agent') {
    if (bearer === undefined) throw new AppError('unauthenticated');
    const agent = parts.agents.authenticate(bearer);
    parts.agents.heard(agent.agentId, request.ip);
    return { kind: 'agent', ...agent };
  }
  if (role === 'recorder') {
    if (bearer === undefined) throw new AppError('unauthenticated');
    const hostId = parts.hosts.authenticate(bearer);
    parts.hosts.heard(hostId, request.ip);
    return { kind: 'recorder', hostId };
  }
  if (request.headers.authorization !== undefined) {
    const caller = bearer === undefined ? null : parts.apiKeys.check(bearer);
    if (caller === null) throw new AppError('unauthenticated');
    return caller;
  }
  const session = request.headers.cookie === undefined ? null : await parts.accounts.session(headersOf(request));
  if (session === null) throw new AppError('unauthenticated');
  setCookies(request, reply, session.cookies);
  return { kind: 'person', user: session.user, role: session.user.role };
}

function requireRole(caller: Caller, role: Access): void {
  if (role === 'public' || role === 'legacy') return;
  if (role === 'agent' || role === 'recorder' ? caller.kind === role : 'role' in caller && hasRole(caller.role, role)) return;
  throw new AppError('forbidden');
}

/** The headers that matter for a session. */
export function headersOf(request: FastifyRequest): Headers {
  const headers = new Headers();
  const { cookie } = request.headers;
  if (cookie !== undefined) headers.set('cookie', cookie);
  headers.set('user-agent', (request.headers['user-agent'] ?? '').slice(0, 500));
  headers.set('x-forwarded-for', request.ip);
  return headers;
}

/** Hands session cookies on; over https they are Secure, whoever ended the TLS. */
export function setCookies(request: FastifyRequest, reply: FastifyReply, cookies: readonly string[]): void {
  for (const cookie of cookies) {
    reply.header('set-cookie', request.protocol === 'https' && !/; *secure/i.test(cookie) ? `${cookie}; Secure` : cookie);
  }
}
