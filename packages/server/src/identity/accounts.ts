import type { Role, User } from '@watchpost/contracts/api/identity';
import { AppError } from '@watchpost/contracts/errors/app-error';
import { betterAuth } from 'better-auth';
import { isAPIError } from 'better-auth/api';
import { getMigrations } from 'better-auth/db/migration';
import type { Catalog } from '../catalog/catalog.ts';
import type { UserStore } from '../catalog/user-store.ts';
import { fromRow } from '../catalog/user-store.ts';

const COOKIE_PREFIX = 'watchpost';
/** Name of the session cookie; over https better-auth puts `__Secure-` before it. */
export const SESSION_COOKIE = `${COOKIE_PREFIX}.session_token`;
const SESSION_S = 7 * 86_400;
const SESSION_REFRESH_S = 86_400;

export type NewAccount = { readonly email: string; readonly name: string; readonly password: string; readonly role: Role };

/** Accounts and sessions. better-auth keeps them, so that second factors and single sign-on are plugins of it. */
export type Accounts = {
  /** Rejects with `bad-credentials`. `cookies` are whole Set-Cookie values. */
  readonly signIn: (
    email: string,
    password: string,
    headers: Headers,
  ) => Promise<{ readonly user: User; readonly cookies: readonly string[] }>;
  /** Set-Cookie values that end the session. */
  readonly signOut: (headers: Headers) => Promise<readonly string[]>;
  /** Who the session cookie belongs to; `cookies` renew it now and then. */
  readonly session: (headers: Headers) => Promise<{ readonly user: User; readonly cookies: readonly string[] } | null>;
  /** Rejects with `conflict` when the address is taken. */
  readonly create: (account: NewAccount) => Promise<User>;
  /** Sets the password and ends all sessions of the account. */
  readonly setPassword: (userId: string, password: string) => Promise<void>;
  readonly endSessions: (userId: string) => Promise<void>;
  /** Forgets sessions that are over. */
  readonly prune: (now: number) => Promise<void>;
};

export async function openAccounts(options: {
  readonly catalog: Catalog;
  readonly users: UserStore;
  readonly secret: string;
  /** Address of the page; https makes the cookies Secure. */
  readonly baseUrl: string;
}): Promise<Accounts> {
  const settings = {
    appName: 'Watchpost',
    baseURL: options.baseUrl,
    secret: options.secret,
    database: { db: options.catalog, type: 'sqlite' as const },
    telemetry: { enabled: false },
    logger: { disabled: true },
    emailAndPassword: { enabled: true, disableSignUp: true, minPasswordLength: 10, maxPasswordLength: 128 },
    session: { expiresIn: SESSION_S, updateAge: SESSION_REFRESH_S },
    user: { additionalFields: { role: { type: 'string' as const, required: true, defaultValue: 'viewer', input: false } } },
    advanced: {
      cookiePrefix: COOKIE_PREFIX,
      useSecureCookies: options.baseUrl.startsWith('https:'),
      defaultCookieAttributes: { httpOnly: true, sameSite: 'lax' as const, path: '/' },
    },
  };
  await (await getMigrations(settings)).runMigrations();
  const auth = betterAuth(settings);
  const { internalAdapter, password: passwords } = await auth.$context;
  return {
    async signIn(email, password, headers) {
      try {
        const answer = await auth.api.signInEmail({ body: { email, password }, headers, returnHeaders: true });
        const user = await options.users.get(answer.response.user.id);
        if (user === null) throw new AppError('bad-credentials');
        return { user, cookies: answer.headers.getSetCookie() };
      } catch (error) {
        if (isAPIError(error)) throw new AppError('bad-credentials', undefined, { cause: error });
        throw error;
      }
    },
    async signOut(headers) {
      const answer = await auth.api.signOut({ headers, returnHeaders: true });
      return answer.headers.getSetCookie();
    },
    async session(headers) {
      const answer = await auth.api.getSession({ headers, returnHeaders: true });
      if (answer.response === null) return null;
      return { user: fromRow(answer.response.user), cookies: answer.headers.getSetCookie() };
    },
    async create({ email, name, password, role }) {
      const address = email.toLowerCase();
      if ((await internalAdapter.findUserByEmail(address)) !== null) throw new AppError('conflict', 'the address has an account');
      const hash = await passwords.hash(password);
      const user = await internalAdapter.createUser(
        { email: address, name, role, emailVerified: true },
        { method: 'email-password' },
      );
      await internalAdapter.linkAccount({ userId: user.id, providerId: 'credential', accountId: user.id, password: hash });
      const made = await options.users.get(user.id);
      if (made === null) throw new AppError('internal');
      return made;
    },
    async setPassword(userId, password) {
      await internalAdapter.updatePassword(userId, await passwords.hash(password));
      await internalAdapter.deleteUserSessions(userId);
    },
    endSessions: async (userId) => {
      await internalAdapter.deleteUserSessions(userId);
    },
    async prune(now) {
      await options.catalog.deleteFrom('session').where('expiresAt', '<', new Date(now).toISOString()).execute();
    },
  };
}
