import '../request-types.ts';
import {
  apiKeyInputSchema,
  apiKeySchema,
  auditEntrySchema,
  loginRequestSchema,
  newApiKeySchema,
  ownAccountPatchSchema,
  sessionSchema,
  setupRequestSchema,
  userInputSchema,
  userPatchSchema,
  userSchema,
} from '@watchpost/contracts/api/identity';
import { AppError } from '@watchpost/contracts/errors/app-error';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { AuditLogStore } from '../../catalog/audit-log-store.ts';
import type { UserStore } from '../../catalog/user-store.ts';
import type { Accounts } from '../../identity/accounts.ts';
import type { ApiKeys } from '../../identity/api-keys.ts';
import { callerName, viewerOf } from '../../identity/caller.ts';
import type { FirstAccount } from '../../identity/first-account.ts';
import type { LoginLimit } from '../../identity/login-limit.ts';
import type { LiveHub } from '../../live/live-hub.ts';
import type { LiveStreams } from '../../live/live-stream.ts';
import { headersOf, setCookies } from '../access.ts';
import { isLocalRequest } from '../origin.ts';

const SIGN_IN_PER_MINUTE = { max: 60, timeWindow: 60_000 };
const idParams = z.object({ id: z.string().min(1).max(100) });

export function identityRoutes(parts: {
  readonly accounts: Accounts;
  readonly users: UserStore;
  readonly firstAccount: FirstAccount;
  readonly loginLimit: LoginLimit;
  readonly apiKeys: ApiKeys;
  readonly auditLog: AuditLogStore;
  readonly hub: LiveHub;
  readonly streams: LiveStreams;
  readonly version: string;
  readonly wallMs: () => number;
  /** A proxy hands requests on: one that seems to come from this machine may come from anywhere. */
  readonly isBehindProxy: boolean;
}): FastifyPluginAsyncZod {
  const { accounts, users, firstAccount, loginLimit, apiKeys, auditLog, hub, streams, version, wallMs, isBehindProxy } = parts;
  const tags = ['identity'];

  const signIn = async (email: string, password: string, address: string, headers: Headers) => {
    loginLimit.begin(address, email);
    try {
      const signedIn = await accounts.signIn(email, password, headers);
      loginLimit.succeeded(address, email);
      return signedIn;
    } catch (error) {
      // What is no address may be a password that was typed into the wrong field.
      const subject = z.email().safeParse(email).success ? email : '(no e-mail address)';
      const entry = { actor: 'nobody', action: 'session.refused', subject, sourceIp: address, detail: null };
      await auditLog.add({ at: wallMs(), ...entry });
      throw error;
    }
  };

  /** Guessing it is as slow as guessing at the sign-in. Rejects with the field that is wrong. */
  const confirmPassword = async (email: string, password: string, address: string, headers: Headers) => {
    try {
      await signIn(email, password, address, headers);
    } catch (error) {
      if (!(error instanceof AppError && error.code === 'bad-credentials')) throw error;
      const issues = [{ field: 'currentPassword', value: '', rule: 'is not the current password' }];
      throw new AppError('bad-request', undefined, { issues, cause: error });
    }
  };

  return async (app) => {
    app.get(
      '/session',
      { config: { role: 'public' }, schema: { tags, summary: 'Who is signed in', response: { 200: sessionSchema } } },
      async (request, reply) => {
        const session = request.headers.cookie === undefined ? null : await accounts.session(headersOf(request));
        if (session !== null) setCookies(request, reply, session.cookies);
        return { user: session?.user ?? null, setupNeeded: await firstAccount.isNeeded(), version };
      },
    );

    app.post(
      '/session',
      {
        config: { role: 'public', action: 'session.begin', rateLimit: SIGN_IN_PER_MINUTE },
        schema: {
          tags,
          summary: 'Sign in: gives the session cookie',
          body: loginRequestSchema,
          response: { 200: sessionSchema },
        },
      },
      async (request, reply) => {
        const { email, password } = request.body;
        const { user, cookies } = await signIn(email, password, request.ip, headersOf(request));
        setCookies(request, reply, cookies);
        request.deed = { actor: user.email, subject: user.email };
        return { user, setupNeeded: false, version };
      },
    );

    app.delete(
      '/session',
      { config: { role: 'viewer', action: 'session.end' }, schema: { tags, summary: 'Sign out', response: { 204: z.null() } } },
      async (request, reply) => {
        setCookies(request, reply, await accounts.signOut(headersOf(request)));
        if (request.caller !== null) streams.endOf(viewerOf(request.caller));
        return reply.code(204).send(null);
      },
    );

    app.patch(
      '/session/user',
      {
        config: { role: 'viewer', action: 'user.change', rateLimit: SIGN_IN_PER_MINUTE },
        schema: {
          tags,
          summary: "Change one's own name or password: a new password ends all other sessions",
          body: ownAccountPatchSchema,
          response: { 200: userSchema },
        },
      },
      async (request, reply) => {
        const { caller } = request;
        if (caller?.kind !== 'person') throw new AppError('forbidden', 'only a person who is signed in has an account');
        const { id, email } = caller.user;
        const { name, currentPassword, newPassword } = request.body;
        if (newPassword !== undefined) {
          await confirmPassword(email, currentPassword ?? '', request.ip, headersOf(request));
          await accounts.setPassword(id, newPassword);
          // After the answer: who changed it has the cookie of the new session by then, and opens the stream again with it.
          reply.raw.once('close', () => streams.endOf(viewerOf(caller)));
          setCookies(request, reply, (await accounts.signIn(email, newPassword, headersOf(request))).cookies);
        }
        const user = name === undefined ? await users.get(id) : await users.change(id, { name });
        if (user === null) throw new AppError('not-found');
        const changed = [...(name === undefined ? [] : ['name']), ...(newPassword === undefined ? [] : ['password'])];
        request.deed = { subject: email, detail: changed.join(', ') };
        hub.changed('users', id);
        return user;
      },
    );

    app.post(
      '/setup',
      {
        config: { role: 'public', action: 'account.first', rateLimit: SIGN_IN_PER_MINUTE },
        schema: {
          tags,
          summary: "Make the first account, which is the administrator's, and sign in",
          body: setupRequestSchema,
          response: { 201: sessionSchema },
        },
      },
      async (request, reply) => {
        const { email, name, password, setupCode } = request.body;
        const user = await firstAccount.create(
          { email, name, password },
          {
            isLocal: !isBehindProxy && isLocalRequest(request),
            setupCode,
          },
        );
        const { cookies } = await accounts.signIn(email, password, headersOf(request));
        setCookies(request, reply, cookies);
        request.deed = { actor: user.email, subject: user.email };
        return reply.code(201).send({ user, setupNeeded: false, version });
      },
    );

    app.get(
      '/users',
      { config: { role: 'administrator' }, schema: { tags, summary: 'All accounts', response: { 200: z.array(userSchema) } } },
      async () => [...(await users.list())],
    );

    app.post(
      '/users',
      {
        config: { role: 'administrator', action: 'user.create' },
        schema: { tags, summary: 'Make an account', body: userInputSchema, response: { 201: userSchema } },
      },
      async (request, reply) => {
        const user = await accounts.create(request.body);
        request.deed = { subject: user.email, detail: `role ${user.role}` };
        hub.changed('users', user.id);
        return reply.code(201).send(user);
      },
    );

    app.patch(
      '/users/:id',
      {
        config: { role: 'administrator', action: 'user.change' },
        schema: {
          tags,
          summary: 'Change name, role or password',
          params: idParams,
          body: userPatchSchema,
          response: { 200: userSchema },
        },
      },
      async (request) => {
        const { id } = request.params;
        const { name, role, password } = request.body;
        const user = await users.change(id, { ...(name === undefined ? {} : { name }), ...(role === undefined ? {} : { role }) });
        if (password !== undefined) {
          await accounts.setPassword(id, password);
          streams.endOf(`person ${id}`);
        }
        request.deed = { subject: user.email, detail: Object.keys(request.body).join(', ') };
        hub.changed('users', id);
        return user;
      },
    );

    app.delete(
      '/users/:id',
      {
        config: { role: 'administrator', action: 'user.remove' },
        schema: { tags, summary: 'Remove an account and end its sessions', params: idParams, response: { 204: z.null() } },
      },
      async (request, reply) => {
        const { id } = request.params;
        const user = await users.get(id);
        if (user === null) throw new AppError('not-found');
        await users.remove(id);
        await accounts.endSessions(id);
        streams.endOf(`person ${id}`);
        request.deed = { subject: user.email };
        hub.changed('users', id);
        return reply.code(204).send(null);
      },
    );

    app.get(
      '/api-keys',
      { config: { role: 'administrator' }, schema: { tags, summary: 'All API keys', response: { 200: z.array(apiKeySchema) } } },
      async () => [...apiKeys.list()],
    );

    app.post(
      '/api-keys',
      {
        config: { role: 'administrator', action: 'api-key.create' },
        schema: {
          tags,
          summary: 'Make an API key: shown this once only',
          body: apiKeyInputSchema,
          response: { 201: newApiKeySchema },
        },
      },
      async (request, reply) => {
        const key = await apiKeys.create(request.body, request.caller === null ? '' : callerName(request.caller));
        request.deed = { subject: key.name, detail: `role ${key.role}` };
        return reply.code(201).send(key);
      },
    );

    app.delete(
      '/api-keys/:id',
      {
        config: { role: 'administrator', action: 'api-key.remove' },
        schema: { tags, summary: 'Remove an API key: it stops working at once', params: idParams, response: { 204: z.null() } },
      },
      async (request, reply) => {
        await apiKeys.remove(request.params.id);
        streams.endOf(`api-key ${request.params.id}`);
        return reply.code(204).send(null);
      },
    );

    app.get(
      '/audit-log',
      {
        config: { role: 'administrator' },
        schema: {
          tags,
          summary: 'Who did what, newest first',
          querystring: z.object({
            before: z.coerce.number().int().min(1).optional(),
            limit: z.coerce.number().int().min(1).max(500).default(100),
          }),
          response: { 200: z.array(auditEntrySchema) },
        },
      },
      async (request) => [...(await auditLog.list(request.query.before ?? null, request.query.limit))],
    );
  };
}
