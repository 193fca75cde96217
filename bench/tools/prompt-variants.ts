import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type HookShell, hookPath } from '../../packages/recorder/src/hooks/hook-files.ts';

/** Something that is done at a prompt: lines of a start file. Slow ones are measured every so many turns only. */
export type PromptVariant = {
  readonly name: string;
  readonly every: number;
  readonly lines: Readonly<Partial<Record<HookShell, string>>>;
  readonly env?: Readonly<Record<string, string>>;
};

/** Of the classic kind: a program for each command, which tells a server by HTTP and waits for its answer. */
const PYTHON_AGENT = `import sys, urllib.parse, urllib.request
query = urllib.parse.urlencode({'history_id': sys.argv[2], 'history_command': sys.argv[3]})
urllib.request.urlopen(sys.argv[1] + '?' + query, timeout=3).read()
`;

/** What a helper of a preexec hook does at the least: a process that appends a line. */
const HELPER = `#!/bin/sh
printf '%s %s\\n' "$1" "$2" >>"$3"
`;

/** The mechanism of bash-preexec, written anew for this bench: a DEBUG trap that asks the history through a pipe. */
const PREEXEC_LIKE = (helper: string, log: string): string => `
_pe_ready=''
_pe_before() { _pe_result=$?; ${helper} end "$_pe_result" ${log}; }
_pe_after() { _pe_ready=1; }
_pe_debug() {
  [[ $_pe_ready && ! \${COMP_LINE-} && -t 1 ]] || return 0
  _pe_ready=''
  local line
  line=$(HISTTIMEFORMAT='' builtin history 1 | sed '1 s/^ *[0-9][0-9]*[* ] //')
  ${helper} start "$line" ${log}
}
PROMPT_COMMAND='_pe_before; _pe_after'
trap '_pe_debug "$_"' DEBUG
`;

/** A DEBUG trap for one command, armed at each prompt. */
const FLOOR_BASH = (file: string): string => `
PROMPT_COMMAND='printf "%s\\n" "$?" >>${file}; trap '\\''printf "%s\\n" "$BASH_COMMAND" >>${file}; trap - DEBUG'\\'' DEBUG'
`;

export async function promptVariants(options: {
  readonly dir: string;
  readonly url: string;
  readonly logSocket: string;
}): Promise<readonly PromptVariant[]> {
  const { dir, url, logSocket } = options;
  const agent = join(dir, 'agent.py');
  const helper = join(dir, 'helper');
  const log = join(dir, 'helper.log');
  await writeFile(agent, PYTHON_AGENT);
  await writeFile(helper, HELPER, { mode: 0o755 });
  const source = { bash: `. ${hookPath('bash')}`, zsh: `. ${hookPath('zsh')}`, fish: `source ${hookPath('fish')}` };
  const zshPrompt = (code: string): string => `precmd_functions+=(_other); _other() { ${code} }`;
  const fishPrompt = (code: string): string => `function _other --on-event fish_postexec; ${code}; end`;
  const floorFile = join(dir, 'floor');
  return [
    { name: 'none', every: 1, lines: { bash: '', zsh: '', fish: '' } },
    { name: 'watchpost', every: 1, lines: source },
    // What Debian gives a new user: lines may hide from the history, so each one is looked at.
    { name: 'watchpost-ignoreboth', every: 1, lines: { bash: `HISTCONTROL=ignoreboth\n${source.bash}` } },
    // The least that writes something before and after a command: what no hook of this kind can go below.
    {
      name: 'floor',
      every: 1,
      lines: {
        bash: FLOOR_BASH(floorFile),
        zsh: `zmodload zsh/system; sysopen -w -a -o creat,cloexec -u _floor ${floorFile}
_before() { syswrite -o $_floor -- "$1" }; _after() { syswrite -o $_floor -- "$?" }
zshaddhistory_functions+=(_before); precmd_functions+=(_after)`,
        fish: `function _before --on-event fish_preexec; echo $argv >>${floorFile}; end
function _after --on-event fish_postexec; echo $status >>${floorFile}; end`,
      },
    },
    {
      name: 'preexec-helper',
      every: 10,
      lines: {
        bash: PREEXEC_LIKE(helper, log),
        zsh: `preexec_functions+=(_before); _before() { ${helper} start "$1" ${log} }\n${zshPrompt(`${helper} end $? ${log}`)}`,
        fish: `function _before --on-event fish_preexec; ${helper} start "$argv" ${log}; end\n${fishPrompt(`${helper} end $status ${log}`)}`,
      },
    },
    {
      name: 'logger',
      every: 10,
      lines: {
        bash: `PROMPT_COMMAND='logger -u ${logSocket} -t audit -- "$(history 1)"'`,
        zsh: zshPrompt(`logger -u ${logSocket} -t audit -- "$(fc -ln -1)"`),
        fish: fishPrompt(`logger -u ${logSocket} -t audit -- "$argv"`),
      },
    },
    {
      name: 'python-agent',
      every: 50,
      lines: {
        bash: `PROMPT_COMMAND='read -r _id _line <<<"$(history 1)"; /usr/bin/python3 ${agent} ${url} "$_id" "$_line"'`,
        zsh: zshPrompt(`/usr/bin/python3 ${agent} ${url} $HISTCMD "$(fc -ln -1)"`),
        fish: fishPrompt(`/usr/bin/python3 ${agent} ${url} 1 "$argv"`),
      },
    },
  ];
}
