import { statSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { AppError } from '@watchpost/contracts/errors/app-error';
import { applySettingsFile, type SettingsFileParts } from './apply-settings-file.ts';
import { readSettingsFile } from './settings-file.ts';

const LOOK_EVERY_MS = 2_000;

export type SettingsFileWatch = {
  /** Reads the file now, changed or not. Says whether it was taken over. */
  readonly reload: () => Promise<boolean>;
  readonly done: Promise<void>;
};

/**
 * Takes the settings file over now and whenever it changes (looked at every 2 s, which also sees files that are replaced
 * or linked anew). A bad file at the start rejects with `bad-config`; later it leaves all as it is, and the log says why.
 */
export async function watchSettingsFile(
  file: string,
  options: SettingsFileParts & { readonly isRequired: boolean; readonly signal: AbortSignal },
): Promise<SettingsFileWatch> {
  const { log, signal } = options;
  const stamp = () => {
    const facts = statSync(file, { throwIfNoEntry: false });
    return facts === undefined ? 'missing' : `${facts.mtimeMs} ${facts.size} ${facts.ino}`;
  };
  let seen = stamp();
  let turn: Promise<unknown> = Promise.resolve();
  const take = async () => {
    seen = stamp();
    if (seen === 'missing' && !options.isRequired) {
      await applySettingsFile({ vantages: [], targets: [] }, options);
      return;
    }
    const settings = readSettingsFile(file);
    await applySettingsFile(settings, options);
    log.info({ file, targets: settings.targets.length, vantages: settings.vantages.length }, 'the settings file was taken over');
  };
  const reload = (): Promise<boolean> => {
    const reloaded = turn.then(async () => {
      try {
        await take();
        return true;
      } catch (error) {
        const issues = error instanceof AppError ? error.issues : [];
        log.error({ err: error, file, issues }, 'the settings file is not valid: all stays as it was');
        return false;
      }
    });
    turn = reloaded;
    return reloaded;
  };
  await take();
  const look = async () => {
    while (!signal.aborted) {
      await wait(LOOK_EVERY_MS, undefined, { signal, ref: false }).catch(() => undefined);
      if (!signal.aborted && stamp() !== seen) await reload();
    }
  };
  return { reload, done: look() };
}
