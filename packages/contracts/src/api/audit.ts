import { z } from 'zod';
import { recorderStatusSchema } from '../agents/recorder-wire.ts';
import { commandSchema, hiddenSchema } from '../commands/command.ts';

/** Where a record came from. `recorder`: signed into the chain of its host. `legacy`: by the compatibility endpoint, unsigned. */
export const commandSourceSchema = z.enum(['recorder', 'legacy']);

/** A record as the server keeps it. */
export const storedCommandSchema = commandSchema.extend({
  source: commandSourceSchema,
  /** When the server had it on disk, Unix ms. */
  receivedAt: z.int(),
});
export type StoredCommand = z.infer<typeof storedCommandSchema>;

/**
 * A line of the live and of the search page: a `start` with its end when that is known, or a record that is no command
 * (`opened`, `closed`, `gap`, `silent`, `refused`). `id` is `<hostId>:<epoch>:<sequence>` of the start.
 */
export const commandLineSchema = storedCommandSchema
  .omit({ previousHash: true, hash: true, startOf: true, startedAt: true })
  .extend({
    id: z.string(),
    host: z.string(),
    /** Unix µs, as `at`; null: no end is known. */
    endedAt: z.int().nullable(),
  });
export type CommandLine = z.infer<typeof commandLineSchema>;

const list = z.preprocess(
  (value) =>
    value === undefined || value === ''
      ? []
      : Array.isArray(value)
        ? value
        : typeof value === 'string'
          ? value.split(',')
          : [value],
  z.array(z.string().min(1).max(256)).max(200),
);

/** `GET /api/v1/commands`: newest first. Times are Unix ms, `from <= at < to`. Lists are separated by commas. */
export const commandSearchSchema = z.strictObject({
  from: z.coerce.number().int().optional(),
  to: z.coerce.number().int().optional(),
  hosts: list.default([]),
  /** Ids of groups of the host tree; with all below them. */
  groups: list.default([]),
  users: list.default([]),
  loginUsers: list.default([]),
  shells: list.default([]),
  sessionId: z.string().max(96).optional(),
  kinds: list.default([]),
  /** `ok`: 0. `failed`: not 0. `running`: no end known. Or one number. */
  exit: z.union([z.enum(['ok', 'failed', 'running']), z.coerce.number().int()]).optional(),
  hidden: z.union([z.enum(['any', 'none']), hiddenSchema]).optional(),
  /**
   * Every word must occur in the text, in any order and any case; `"…"` is one phrase with its spaces; `=word` is a whole word (letters
   * and digits), which is found fastest.
   */
  q: z.string().max(1_000).default(''),
  /** Where the records came from; empty: from anywhere. */
  sources: list.default([]),
  /** Keyed token of a secret: where was it typed? */
  token: z.string().max(64).optional(),
  limit: z.coerce.number().int().min(1).max(500).default(50),
  cursor: z.string().max(200).optional(),
});
export type CommandSearch = z.infer<typeof commandSearchSchema>;
/** `GET /api/v1/commands/export.jsonl`, `.csv`. `proof`: with all that `watchpost verify` needs, oldest first. */
export const commandExportSchema = commandSearchSchema.extend({ proof: z.enum(['true', 'false']).default('false') });
export const commandPageSchema = z.object({
  commands: z.array(commandLineSchema),
  /** Where the next, older page begins; null: there is none. */
  next: z.string().nullable(),
  /** How far back was looked when the search gave up its time; null: all of the range. */
  searchedBackTo: z.int().nullable(),
});
export type CommandPage = z.infer<typeof commandPageSchema>;

/** State of the hash chain of a host. broken: a record does not follow from the one before it. */
export const chainStateSchema = z.enum(['whole', 'gap', 'broken', 'empty']);

/** `GET /api/v1/hosts` */
export const hostSchema = z.object({
  /** The recorder's agent id; for a legacy host `legacy-` and the address that it gave. */
  id: z.string(),
  /** legacy: known by the compatibility endpoint only, without a recorder, a key or a chain. */
  kind: z.enum(['recorder', 'legacy']),
  name: z.string(),
  state: z.enum(['online', 'late', 'offline', 'never', 'revoked']),
  labels: z.record(z.string(), z.string()),
  groupIds: z.array(z.string()),
  address: z.string().nullable(),
  lastContactAt: z.int().nullable(),
  lastCommandAt: z.int().nullable(),
  chain: chainStateSchema,
  /** Records of this host that the server has stored, ever: what retention removed since is among them. */
  stored: z.int(),
  /** What the recorder says of itself; null: not heard yet. */
  recorder: recorderStatusSchema.extend({ /** Records of this host in the store. */ stored: z.int() }).nullable(),
});
export type Host = z.infer<typeof hostSchema>;

export const chainBreakSchema = z.object({ epoch: z.int(), sequence: z.int(), what: z.string(), at: z.int() });
export type HostChainBreak = z.infer<typeof chainBreakSchema>;
/** A record that says that something is not there or not believed, or records that the recorder's own spool had to drop. */
export const hostGapSchema = z.object({
  /** Unix ms. */
  at: z.int(),
  kind: z.enum(['gap', 'silent', 'refused', 'dropped']),
  /** As `commandCauseSchema`; for `dropped` the reason that the recorder gave. */
  cause: z.string().nullable(),
  detail: z.string().nullable(),
  /** Records known to be missing. */
  missing: z.int().nullable(),
  user: z.string().nullable(),
  /** The record, for `GET /api/v1/commands/:id`; null: there is none. */
  id: z.string().nullable(),
});
export type HostGap = z.infer<typeof hostGapSchema>;

/** `GET /api/v1/hosts/:id`: all that the page of a host shows. */
export const hostDetailSchema = hostSchema.extend({
  /** Oldest first. */
  breaks: z.array(chainBreakSchema),
  /** Where the chain was broken first; null: it is not. */
  firstBreak: chainBreakSchema.nullable(),
  /**
   * The way of the records: `written = spooled + missing`, `spooled = sent = acknowledged`, `acknowledged = stored + refused`,
   * `stored = present + removed`. What the recorder says is null until it was heard; what is under way just now is in the
   * difference.
   */
  budget: z.object({
    written: z.int().nullable(),
    missing: z.int().nullable(),
    spooled: z.int().nullable(),
    sent: z.int().nullable(),
    acknowledged: z.int().nullable(),
    /** Taken by the server, by its own count. */
    stored: z.int(),
    /** Not believed by the server: each is a break. */
    refused: z.int(),
    /** Rows that are in the store now, counted there. */
    present: z.int(),
    /** Removed by retention. */
    removed: z.int(),
  }),
  /** Users with a shell now, by the recorder, or with a record in the last 30 days; newest record first. */
  coverage: z.array(
    z.object({
      user: z.string(),
      /** Shells now; null: the recorder was not heard, or names no shell of this user. */
      hooked: z.int().nullable(),
      unhooked: z.int().nullable(),
      /** Unix ms. */
      lastAt: z.int().nullable(),
      /** In the last 30 days. */
      commands: z.int(),
    }),
  ),
  /** Newest first, 200 at most. */
  gaps: z.array(hostGapSchema),
  /** The chains as the server has them: a whole one is a single stretch from 1. `hash`: of the last record. */
  stretches: z.array(z.object({ epoch: z.int(), first: z.int(), last: z.int(), hash: z.string() })),
  /** The newest checkpoint, and records of this host that no checkpoint states yet; null: there is none. */
  checkpoint: z.object({ number: z.int(), at: z.int(), unsealed: z.int() }).nullable(),
});
export type HostDetail = z.infer<typeof hostDetailSchema>;

export const hostInputSchema = z.strictObject({
  name: z.string().min(1).max(200).optional(),
  labels: z.record(z.string().max(64), z.string().max(256)).optional(),
  groupIds: z.array(z.string()).max(64).optional(),
});

/** `GET /api/v1/host-groups`: a tree by `parentId`, any depth (function class → application → …). */
export const hostGroupSchema = z.object({ id: z.string(), name: z.string(), parentId: z.string().nullable() });
export type HostGroup = z.infer<typeof hostGroupSchema>;
export const hostGroupInputSchema = z.strictObject({
  name: z.string().min(1).max(200),
  parentId: z.string().nullable().default(null),
});

/**
 * `GET /api/v1/commands/live?hosts=…&groups=…`, server-sent events, `event: commands`, at most 5 a second: what was
 * stored since the last event. A record comes when its start is stored; `ends` complete lines that were sent before.
 */
export const liveCommandsSchema = z.object({
  commands: z.array(commandLineSchema),
  ends: z.array(z.object({ id: z.string(), endedAt: z.int(), exitCode: z.int().nullable(), durationUs: z.int().nullable() })),
  /** Records not sent, because they came faster than a viewer can be told: they are in the store. */
  skipped: z.int(),
});
export type LiveCommands = z.infer<typeof liveCommandsSchema>;

/** `GET /api/v1/saved-searches` */
export const savedSearchSchema = z.object({
  id: z.string(),
  name: z.string(),
  /** The query string of the search page. */
  query: z.string(),
  createdBy: z.string(),
  createdAt: z.int(),
});
export type SavedSearch = z.infer<typeof savedSearchSchema>;
export const savedSearchInputSchema = z.strictObject({ name: z.string().min(1).max(200), query: z.string().max(4_000) });

/** `GET /api/v1/sessions/:sessionId?host=…`: one login, over all of its shells. */
export const sessionSchema = z.object({
  id: z.string(),
  hostId: z.string(),
  host: z.string(),
  loginUser: z.string().nullable(),
  users: z.array(z.string()),
  tty: z.string().nullable(),
  sourceIp: z.string().nullable(),
  startedAt: z.int(),
  /** Null: nothing says that it ended. */
  endedAt: z.int().nullable(),
  commands: z.int(),
  failed: z.int(),
  hidden: z.int(),
  gaps: z.int(),
});
export type Session = z.infer<typeof sessionSchema>;

/** `POST /api/v1/hosts/enrolment-tokens` `{validMinutes}` answers an `enrolmentTokenSchema` without a vantage. */
export const hostTokenInputSchema = z.strictObject({ validMinutes: z.int().min(1).max(10_080).default(60) });
export const hostTokenSchema = z.object({
  token: z.string(),
  expiresAt: z.int(),
  /** The command to run on the host that joins. */
  command: z.string(),
  insecure: z.boolean(),
});

/** A signed statement of the chains: one element of `GET /api/v1/audit/checkpoints`. */
export const checkpointSchema = z.object({
  number: z.int().min(1),
  at: z.int(),
  /** Every stretch of every chain that is stored without a hole, and the hash of its last record; by host, epoch and place. */
  heads: z.array(z.object({ hostId: z.string(), epoch: z.int(), first: z.int(), last: z.int(), hash: z.string() })),
  /** SHA-256 of the canonical JSON of the previous checkpoint; 64 zeros for the first. */
  previous: z.string(),
  /** Base64 Ed25519 signature over the canonical JSON of all fields but this one. */
  signature: z.string(),
  /** Id of the key: first 16 hexadecimal digits of the SHA-256 of the raw public key. */
  keyId: z.string(),
});
export type Checkpoint = z.infer<typeof checkpointSchema>;

/** What is signed: JSON (as `JSON.stringify` writes it) of all fields but the signature, in this order. */
export function canonicalCheckpoint({ number, at, heads, previous, keyId }: Omit<Checkpoint, 'signature'>): string {
  const ordered = heads.map(({ hostId, epoch, first, last, hash }) => ({ hostId, epoch, first, last, hash }));
  return JSON.stringify({ number, at, heads: ordered, previous, keyId });
}

/**
 * A signed statement that retention removed the oldest records: one element of `GET /api/v1/audit/removals`. The first record
 * that is left follows from `hash`; what is missing beyond `removed` was not removed by retention.
 */
export const removalSchema = z.object({
  number: z.int().min(1),
  at: z.int(),
  /** Days that commands are kept by the setting. */
  keepDays: z.number(),
  /** All that was removed was received before, Unix ms. */
  before: z.int(),
  /** `before`: `previousHash` of the first, `hash`: that of the last record of the stretch. */
  removed: z.array(
    z.object({
      hostId: z.string(),
      epoch: z.int(),
      first: z.int(),
      last: z.int(),
      before: z.string(),
      hash: z.string(),
    }),
  ),
  /** Records that were in no chain: source `legacy`. */
  unsigned: z.int(),
  /** The newest checkpoint from before the cut, and the SHA-256 of its canonical JSON: older ones need not be there any more. */
  checkpoint: z.object({ number: z.int(), hash: z.string() }).nullable(),
  /** SHA-256 of the canonical JSON of the removal before; 64 zeros for the first. */
  previous: z.string(),
  signature: z.string(),
  keyId: z.string(),
});
export type Removal = z.infer<typeof removalSchema>;

/** What is signed: JSON (as `JSON.stringify` writes it) of all fields but the signature, in this order. */
export function canonicalRemoval(removal: Omit<Removal, 'signature'>): string {
  const { number, at, keepDays, before, unsigned, checkpoint, previous, keyId } = removal;
  const removed = removal.removed.map((each) => {
    const { hostId, epoch, first, last, hash } = each;
    return { hostId, epoch, first, last, before: each.before, hash };
  });
  const pinned = checkpoint === null ? null : { number: checkpoint.number, hash: checkpoint.hash };
  return JSON.stringify({ number, at, keepDays, before, removed, unsigned, checkpoint: pinned, previous, keyId });
}

const proofHeaderSchema = z.object({
  kind: z.literal('header'),
  format: z.literal(1),
  at: z.int(),
  keyId: z.string(),
  /** Base64 of the public key's SubjectPublicKeyInfo. */
  publicKey: z.string(),
  /** The chains whose records follow. */
  chains: z.array(z.object({ hostId: z.string(), epoch: z.int() })),
  /** Whether these are all chains of the server. */
  isAll: z.boolean(),
  /** Names of the hosts, by their id, as the server knew them. */
  names: z.record(z.string(), z.string()),
  /**
   * The proof of a search has these stretches only, each from a record that was found up to the next checkpoint that states it.
   * `found`: sequences of those that were found; the others link them to the checkpoint.
   */
  ranges: z
    .array(z.object({ hostId: z.string(), epoch: z.int(), first: z.int(), last: z.int(), found: z.array(z.int()) }))
    .optional(),
  /** What was asked; found records that are in no chain and so not in the proof; whether there are more than were taken. */
  search: z.object({ asked: z.string(), unsigned: z.int(), hasMore: z.boolean() }).optional(),
  /** Base64 Ed25519 signature over the canonical JSON of all fields but this one. */
  signature: z.string(),
});
export type ProofHeader = z.infer<typeof proofHeaderSchema>;

/** What is signed: JSON (as `JSON.stringify` writes it) of all fields but the signature, in this order; names by host id. */
export function canonicalProofHeader(header: Omit<ProofHeader, 'signature'>): string {
  const { kind, format, at, keyId, publicKey, isAll, ranges, search } = header;
  const chains = header.chains.map(({ hostId, epoch }) => ({ hostId, epoch }));
  const names = Object.entries(header.names).toSorted(([left], [right]) => (left < right ? -1 : 1));
  const stretches = ranges?.map(({ hostId, epoch, first, last, found }) => ({ hostId, epoch, first, last, found })) ?? null;
  const asked = search === undefined ? null : { asked: search.asked, unsigned: search.unsigned, hasMore: search.hasMore };
  return JSON.stringify({ kind, format, at, keyId, publicKey, chains, isAll, names, ranges: stretches, search: asked });
}

/** A line of the proof, `GET /api/v1/audit/export`: a header, removals, checkpoints, then the records of each chain in order. */
export const proofLineSchema = z.discriminatedUnion('kind', [
  proofHeaderSchema,
  z.object({ kind: z.literal('removal'), removal: removalSchema }),
  z.object({ kind: z.literal('checkpoint'), checkpoint: checkpointSchema }),
  /** `found`, in the proof of a search: whether it was found, or links one that was. */
  z.object({ kind: z.literal('record'), record: storedCommandSchema, found: z.boolean().optional() }),
]);
export type ProofLine = z.infer<typeof proofLineSchema>;
