import { randomInt } from 'node:crypto';
import type { User } from '@watchpost/contracts/api/identity';
import { AppError } from '@watchpost/contracts/errors/app-error';
import type { UserStore } from '../catalog/user-store.ts';
import type { Accounts } from './accounts.ts';
import { hashSecret, isSameHash } from './secrets.ts';

const CODE_LETTERS = 'ABCDEFGHJKLMNPQRSTUVWXYZ23456789';
const WRONG_CODES_LIMIT = 20;

/** The making of the first account, which is the administrator's. */
export type FirstAccount = {
  readonly isNeeded: () => Promise<boolean>;
  /** The code that a person on another machine must give; printed at the console of the server. */
  readonly setupCode: string;
  /**
   * Makes the account. `isLocal`: asked for from the server's own machine, needs no code.
   * Rejects with `conflict` when there is an account, with `forbidden` when the code is wrong.
   */
  readonly create: (
    account: { readonly email: string; readonly name: string; readonly password: string },
    proof: { readonly isLocal: boolean; readonly setupCode: string | undefined },
  ) => Promise<User>;
};

export function createFirstAccount(users: UserStore, accounts: Accounts): FirstAccount {
  const setupCode = Array.from({ length: 12 }, () => CODE_LETTERS[randomInt(CODE_LETTERS.length)]).join('');
  let wrongCodes = 0;
  let turn: Promise<unknown> = Promise.resolve();
  let hasAccount = false;
  const isNeeded = async () => {
    if (!hasAccount) hasAccount = (await users.count()) > 0;
    return !hasAccount;
  };
  return {
    isNeeded,
    setupCode,
    create(account, { isLocal, setupCode: given }) {
      const made = turn.then(async () => {
        if (!(await isNeeded())) throw new AppError('conflict', 'the first account exists');
        if (!isLocal) {
          if (wrongCodes >= WRONG_CODES_LIMIT) throw new AppError('too-many-requests', 'restart the server for a new setup code');
          if (!isSameHash(hashSecret((given ?? '').trim().toUpperCase()), hashSecret(setupCode))) {
            wrongCodes += 1;
            const issue = {
              field: 'setupCode',
              value: '(hidden)',
              rule: 'must be the code that the server printed at its start',
            };
            throw new AppError('forbidden', 'the setup code is wrong or missing', { issues: [issue] });
          }
        }
        return await accounts.create({ ...account, role: 'administrator' });
      });
      turn = made.catch(() => undefined);
      return made;
    },
  };
}

/** Makes the administrator that the environment names, when there is no account yet. */
export async function createConfiguredAdministrator(
  first: FirstAccount,
  config: { readonly email: string | null; readonly password: string | null },
): Promise<User | null> {
  if (config.email === null || config.password === null || !(await first.isNeeded())) return null;
  const name = config.email.split('@')[0] ?? config.email;
  const account = { email: config.email, name, password: config.password };
  return await first.create(account, { isLocal: true, setupCode: undefined });
}
