import { z } from 'zod';

/** Unix time in microseconds. */
const unixUs = z.int().min(0);
const count = z.int().min(0);
const text = (max: number) => z.string().max(max);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 hexadecimal digits');

/** Bytes of a command that are kept; the rest of a longer one is cut, and `textBytes` says how long it was. */
export const COMMAND_TEXT_BYTES = 2 * 1024 * 1024;

/**
 * start: a command line is about to run. end: it ended. opened, closed: a shell, or one `ssh host command`.
 * exec: the kernel executed a program. gap: records are missing, `cause` says why. silent: a shell lives on without
 * records, or an interactive shell runs without a hook. refused: what was found in a spool file is not believed.
 */
export const commandKindSchema = z.enum(['start', 'end', 'opened', 'closed', 'exec', 'gap', 'silent', 'refused']);
export type CommandKind = z.infer<typeof commandKindSchema>;

/** How a command was kept out of the shell's own history. */
export const hiddenSchema = z.enum([
  'leading-space',
  'ignore-dups',
  'histignore',
  'history-off',
  'histsize-zero',
  'no-store',
  'private-mode',
]);
export type Hidden = z.infer<typeof hiddenSchema>;

/** A secret that was masked before the record left the host. `at` and `length` are characters of the masked text. */
export const redactionSchema = z.strictObject({
  /** Name of the pattern, as `password-argument`. */
  rule: text(64),
  at: count,
  length: count,
  /** Keyed token of the secret: the same secret gives the same token, and the token does not give the secret. */
  token: text(64),
});
export type Redaction = z.infer<typeof redactionSchema>;

/** Why records are missing (`gap`), a shell is `silent` or a record was `refused`. */
export const commandCauseSchema = z.enum([
  // gap
  'sequence', // the shell counted records which never reached its spool file
  'truncated', // the spool file was made shorter
  'deleted', // the spool file was removed or replaced before it was read to its end
  'torn', // a record was cut, by a full disk or the end of the shell
  'reader-lost', // the recorder itself could not keep records
  'spool-full', // the host's own spool was full
  // silent
  'disarmed', // the hook was removed while the shell lived on
  'unhooked', // an interactive shell that never wrote
  // refused
  'not-a-record', // bytes which are no record
  'foreign-owner', // the file's owner is not the user that the record names
  'forged', // a record that contradicts the process it claims to come from
  'too-large',
]);
export type CommandCause = z.infer<typeof commandCauseSchema>;

/**
 * A record of the command audit, as it crosses the wire and as it is hashed. All keys are always there; what does not
 * apply is null. Who, where and from where is added by the recorder; the shell is not asked. `uid` is the owner of the
 * spool file, `loginUid` the kernel's audit login uid (https://man7.org/linux/man-pages/man5/proc_pid_loginuid.5.html).
 */
export const commandSchema = z.strictObject({
  /** The agent's id: one recorder is one host. */
  hostId: text(64).min(1),
  /** Of the recorder's spool; with `sequence` the identity of the record, and its place in the chain. */
  epoch: z.int().min(0),
  sequence: z.int().min(1),
  kind: commandKindSchema,
  /** When it happened, by the host's clock: the start for `start`, the end for `end`. */
  at: unixUs,
  /** One login with all its shells, across su and sudo: from the audit session, else from the terminal's session leader. */
  sessionId: text(96),
  /** One process of a shell: `<boot>.<pid>.<start ticks>`; null for what belongs to no shell. */
  shellId: text(96).nullable(),
  shellPid: count.nullable(),
  /** Number of the record in its shell's spool file. */
  shellSequence: count.nullable(),
  /** For `end` and `closed`: `shellSequence` of the `start` it belongs to, and when that was. */
  startOf: count.nullable(),
  startedAt: unixUs.nullable(),
  shell: text(32).nullable(),
  /** As typed, secrets masked; null when there is none, or `textBase64` holds it: not valid UTF-8, or too long as JSON. */
  text: z.string().max(COMMAND_TEXT_BYTES).nullable(),
  textBase64: z
    .base64()
    .max(Math.ceil(COMMAND_TEXT_BYTES / 3) * 4)
    .nullable(),
  /** Length of what was typed, in bytes, before masking and cutting. */
  textBytes: count.nullable(),
  cwd: text(4096).nullable(),
  exitCode: z.int().nullable(),
  durationUs: count.nullable(),
  user: text(256).nullable(),
  uid: count.nullable(),
  loginUser: text(256).nullable(),
  /** Null: no login (a daemon, cron). */
  loginUid: count.nullable(),
  tty: text(64).nullable(),
  sourceIp: text(64).nullable(),
  interactive: z.boolean().nullable(),
  hidden: hiddenSchema.nullable(),
  redactions: z.array(redactionSchema).max(1_000),
  cause: commandCauseSchema.nullable(),
  /** One sentence for people about `cause`, or where a legacy record came from. */
  detail: text(1_000).nullable(),
  /** Records known to be missing; for `gap`. */
  missing: count.nullable(),
  /** `hash` of the record with the previous sequence of this epoch; 64 zeros for the first one. */
  previousHash: sha256,
  hash: sha256,
});
export type Command = z.infer<typeof commandSchema>;
/** What the recorder makes before the record has its place in the chain. */
export type UnchainedCommand = Omit<Command, 'hostId' | 'epoch' | 'sequence' | 'previousHash' | 'hash'>;

export const FIRST_PREVIOUS_HASH = '0'.repeat(64);

/**
 * The bytes that are hashed: JSON (as `JSON.stringify` writes it) of all fields but `hash`, in the order of the schema. `previousHash`
 * is among them, so a record pins all that came before it. The hash is SHA-256 over the UTF-8 of this, in hexadecimal.
 */
export function canonicalCommand(command: Omit<Command, 'hash'>): string {
  // Written out: built key by key, so large an object is several times slower to make and to write.
  return JSON.stringify({
    hostId: command.hostId,
    epoch: command.epoch,
    sequence: command.sequence,
    kind: command.kind,
    at: command.at,
    sessionId: command.sessionId,
    shellId: command.shellId,
    shellPid: command.shellPid,
    shellSequence: command.shellSequence,
    startOf: command.startOf,
    startedAt: command.startedAt,
    shell: command.shell,
    text: command.text,
    textBase64: command.textBase64,
    textBytes: command.textBytes,
    cwd: command.cwd,
    exitCode: command.exitCode,
    durationUs: command.durationUs,
    user: command.user,
    uid: command.uid,
    loginUser: command.loginUser,
    loginUid: command.loginUid,
    tty: command.tty,
    sourceIp: command.sourceIp,
    interactive: command.interactive,
    hidden: command.hidden,
    redactions: command.redactions.map(({ rule, at, length, token }) => ({ rule, at, length, token })),
    cause: command.cause,
    detail: command.detail,
    missing: command.missing,
    previousHash: command.previousHash,
  });
}
