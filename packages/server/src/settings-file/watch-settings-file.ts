import { statSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { AppError } from '@watchpost/contracts/errors/app-error';
import { applySettingsFile, type SettingsFileParts } from './apply-settings-file.ts';
import { readSettingsFile } from './settings-file.ts';

const LOOK_EVERY_MS = 1_000;

export type SettingsFileWatch = {
  /** Reads the file now, changed or not. Says whether it was there and was taken over. */
  readonly reload: () => Promise<boolean>;
  readonly done: Promise<void>;
};

/**
 * Takes the settings file over now and whenever it changes (looked at every second, which also sees files that are
 * replaced or linked anew; taken when two looks find the same, so not in the middle of a write). A bad file at the start
 * rejects with `bad-config`; later it leaves all as it is, and the log says why. A file that is gone never removes anything.
 */
export async function watchSettingsFile(
  file: string,
  options: SettingsFileParts & { readonly isRequired: boolean; readonly signal: AbortSignal },
): Promise<SettingsFileWatch> {
  const { log, signal } = options;
  const stamp = () => {
    try {
      const facts = statSync(file, { throwIfNoEntry: false });
      return facts === undefined ? 'missing' : `${facts.mtimeMs} ${facts.size} ${facts.ino}`;
    } catch (error) {
      return `unreadable ${String(error)}`;
    }
  };
  let seen = stamp();
  let turn: Promise<unknown> = Promise.resolve();
  const take = async (): Promise<boolean> => {
    seen = stamp();
    if (seen === 'missing' && !options.isRequired) {
      const kept = options.targets.list().filter(({ source }) => source === 'file').length;
      if (kept > 0) log.warn({ file, kept }, 'the settings file is gone: what it made stays. An empty file removes it');
      return false;
    }
    const settings = readSettingsFile(file);
    await applySettingsFile(settings, options);
    log.info({ file, targets: settings.targets.length, vantages: settings.vantages.length }, 'the settings file was taken over');
    return true;
  };
  const reload = (): Promise<boolean> => {
    const reloaded = turn.then(async () => {
      try {
        return await take();
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
  let foundBefore = seen;
  const look = async () => {
    while (!signal.aborted) {
      await wait(LOOK_EVERY_MS, undefined, { signal, ref: false }).catch(() => undefined);
      const found = stamp();
      if (!signal.aborted && found !== seen && found === foundBefore) await reload();
      foundBefore = found;
    }
  };
  return { reload, done: look() };
}
