import { join } from 'node:path';

/** The shells that have a hook. */
export const HOOK_SHELLS = ['bash', 'zsh', 'fish'] as const;
export type HookShell = (typeof HOOK_SHELLS)[number];

/** Where the hook of a shell is: a file to be sourced by it. */
export function hookPath(shell: HookShell): string {
  return join(import.meta.dirname, `watchpost.${shell}`);
}

/** Where shells write, when neither hook nor recorder is told otherwise. */
export const DEFAULT_SHELL_SPOOL = '/var/spool/watchpost/shells';

/** The folder in force: `WATCHPOST_SPOOL`, or the usual one. */
export function shellSpool(env: Readonly<Record<string, string | undefined>>): string {
  return env['WATCHPOST_SPOOL'] ?? DEFAULT_SHELL_SPOOL;
}
