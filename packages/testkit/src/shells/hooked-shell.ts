import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { PROMPT, type PtyShell, startPtyShell } from './pty-shell.ts';

const FISH_MS = 20_000;
const LOOK_EVERY_MS = 5;

export type ShellName = 'bash' | 'zsh' | 'fish';

/**
 * Starts an interactive shell with a hook, in a home of its own below `dir`. `before` and `after` are lines of its start
 * file around the line that sources the hook.
 */
export async function startHookedShell(options: {
  readonly shell: ShellName;
  readonly hook: string | null;
  readonly dir: string;
  readonly spool: string;
  readonly before?: string;
  readonly after?: string;
  /** More arguments of the shell. */
  readonly flags?: string;
  /** Where it is, when it is not the one of this machine. */
  readonly program?: string;
}): Promise<PtyShell> {
  const { shell, hook, dir, spool, before = '', after = '', flags = '', program = shell } = options;
  const home = join(dir, `home-${shell}`);
  await mkdir(home, { recursive: true });
  const source = hook === null ? '' : `. ${hook}`;
  const env = { HOME: home, WATCHPOST_SPOOL: spool, ZDOTDIR: home, HISTFILE: join(home, 'history') };
  switch (shell) {
    case 'bash': {
      await writeFile(
        join(home, 'rc'),
        `${before}\nPS1='${PROMPT}' PS2=''\nbind 'set enable-bracketed-paste off' 2>/dev/null\nbind 'set disable-completion on' 2>/dev/null\n${source}\n${after}\n`,
      );
      return startPtyShell(`${program} --noprofile --rcfile ${join(home, 'rc')} -i ${flags}`, { env, cwd: home });
    }
    case 'zsh': {
      const rc = `${before}\nunsetopt zle prompt_cr prompt_sp\nPS1='${PROMPT}' PS2=''\nsetopt interactivecomments\n${source}\n${after}\n`;
      await writeFile(join(home, '.zshrc'), rc);
      return startPtyShell(`${program} -d -i ${flags}`, { env, cwd: home });
    }
    case 'fish': {
      const config = join(home, '.config/fish');
      await mkdir(config, { recursive: true });
      const prompt = `function fish_prompt; echo -n '${PROMPT}'; end\nfunction fish_title; end\nset -g fish_greeting ''`;
      await writeFile(join(config, 'config.fish'), `${before}\n${prompt}\n${source.replace('.', 'source')}\n${after}\n`);
      return startPtyShell(`${program} -i ${flags}`, { env, cwd: home });
    }
  }
}

/** fish writes its prompt anew while a line is typed: only its record says that a command has ended. `ended` counts them. */
export async function runInFish(running: PtyShell, line: string | Buffer, ended: () => Promise<number>): Promise<void> {
  await running.waitFor(/pr0mpt> /);
  const before = await ended();
  running.type(Buffer.concat([Buffer.from(line), Buffer.from('\r')]));
  const start = performance.now();
  while ((await ended()) <= before) {
    if (performance.now() - start > FISH_MS) throw new Error(`fish did not end ${String(line).slice(0, 100)}`);
    await wait(LOOK_EVERY_MS);
  }
}
