/**
 * What a hook wrote to the spool file of its shell: `docs/format/shell-spool.md`. Times are Unix microseconds. Texts are
 * the exact bytes.
 */
export type ShellRecord =
  | { readonly kind: 'S'; readonly sequence: number; readonly at: number; readonly shell: ShellHeader }
  | {
      readonly kind: 'B';
      readonly sequence: number;
      readonly at: number;
      readonly source: string;
      readonly cwd: Buffer;
      readonly hidden: string;
      readonly text: Buffer;
    }
  | {
      readonly kind: 'E';
      readonly sequence: number;
      readonly at: number;
      readonly startOf: number;
      readonly status: number | null;
      readonly pipeStatus: string;
    }
  | { readonly kind: 'D'; readonly sequence: number; readonly startOf: number; readonly text: Buffer }
  | {
      readonly kind: 'X';
      readonly sequence: number;
      readonly at: number;
      readonly startOf: number | null;
      readonly status: number | null;
    };

/** What a shell says of itself. A hint: the recorder asks the kernel. */
export type ShellHeader = {
  readonly name: string;
  readonly version: string;
  readonly pid: number;
  readonly ppid: number;
  readonly uid: number;
  readonly euid: number;
  readonly loginUid: number | null;
  readonly auditSession: number | null;
  readonly ttyNumber: number;
  readonly startTicks: string;
  readonly bootId: string;
  readonly host: string;
  readonly sshConnection: string;
  readonly level: number;
  readonly cwd: string;
  readonly mode: 'i' | 'l' | 'c';
};
