/** A command of the command line: one file each, listed in `table.ts`. */
export type Command = {
  /** Lines of usage, the options with their defaults, examples. Ends without a line break. */
  readonly help: string;
  /** Gets the arguments after the command's name; resolves with the exit code. */
  readonly run: (args: readonly string[]) => Promise<number>;
};

/** Where a command is found. Its file is loaded only when it is used. */
export type CommandEntry = {
  readonly name: string;
  /** One line for the overview. */
  readonly summary: string;
  readonly load: () => Promise<Command>;
};
