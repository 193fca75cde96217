import type { ShellName } from '@watchpost/testkit/shells/hooked-shell';

type TypedLine = {
  readonly line: string;
  /** Null: the shells differ. */ readonly exit: number | null;
  readonly only?: readonly ShellName[];
};

const TYPED: readonly TypedLine[] = [
  { line: 'true', exit: 0 },
  { line: 'false', exit: 1 },
  { line: `echo  "a   b"  'c"d' * ~ $HOME`, exit: null },
  { line: 'sh -c "exit 7"', exit: 7 },
  { line: 'echo "tab\there" # comment', exit: 0, only: ['bash', 'zsh'] },
  { line: 'echo 中文 ✓ "€"', exit: 0 },
  { line: 'echo <script>alert(1)</script>', exit: null },
  { line: String.raw`printf '%s\n' "\\x" '$(id)'`, exit: 0 },
  { line: `echo ${'x'.repeat(3_000)}`, exit: 0 },
  { line: '(exit 3)', exit: 3, only: ['bash', 'zsh'] },
  { line: 'true | false | true', exit: 0 },
  { line: 'nosuchcommand-at-all', exit: 127 },
  { line: 'for i in 1 2; do\necho $i\ndone', exit: 0, only: ['bash', 'zsh'] },
  { line: 'cat <<END\nfirst  line\n\n\tthird $HOME\nEND', exit: 0, only: ['bash', 'zsh'] },
  { line: 'for i in 1 2\necho $i\nend', exit: 0, only: ['fish'] },
  { line: 'f() { echo in f; }', exit: 0, only: ['bash', 'zsh'] },
  { line: '{ true; } &', exit: 0, only: ['bash', 'zsh'] },
  { line: '# only a comment', exit: 0, only: ['zsh'] },
];

/** Lines that a hook could get wrong, as they are typed into this shell. */
export function typedLines(shell: ShellName): readonly TypedLine[] {
  return TYPED.filter(({ only }) => only === undefined || only.includes(shell));
}
