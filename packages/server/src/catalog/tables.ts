import type { Generated } from 'kysely';

/** Columns named `…Json` hold JSON text; `…At` Unix milliseconds. The tables of accounts belong to better-auth. */
export type TargetRow = {
  id: string;
  name: string;
  checkJson: string;
  vantagesJson: string;
  intervalS: number;
  paused: number;
  groupPath: string;
  labelsJson: string;
  alarmMs: number | null;
  source: 'page' | 'file';
  createdAt: number;
  updatedAt: number;
};

export type VantageRow = { code: string; name: string; color: string | null; source: 'page' | 'file'; createdAt: number };

export type AgentRow = {
  id: string;
  kind: 'probe' | 'recorder';
  name: string;
  vantage: string;
  /** Hex SHA-256 of the secret part of the key. */
  secretHash: string;
  enrolledAt: number;
  revokedAt: number | null;
  lastContactAt: number | null;
  address: string | null;
  statusJson: string | null;
};

export type EnrolmentTokenRow = {
  tokenHash: string;
  vantage: string;
  createdAt: number;
  expiresAt: number;
  usedAt: number | null;
};

export type GapRow = {
  agentId: string;
  vantage: string;
  epoch: number;
  first: number;
  last: number;
  fromAt: number;
  toAt: number;
  reason: string;
  reportedAt: number;
};

export type ApiKeyRow = {
  id: string;
  name: string;
  role: string;
  start: string;
  keyHash: string;
  createdAt: number;
  createdBy: string;
  expiresAt: number | null;
  lastUsedAt: number | null;
};

export type AuditRow = {
  id: Generated<number>;
  at: number;
  actor: string;
  action: string;
  subject: string;
  sourceIp: string | null;
  detail: string | null;
};

/** A host of the command audit: its recorder, and what people say of it. */
export type HostRow = {
  id: string;
  /** legacy: known by the compatibility endpoint only. */
  kind: 'recorder' | 'legacy';
  name: string;
  secretHash: string;
  labelsJson: string;
  groupIdsJson: string;
  enrolledAt: number;
  revokedAt: number | null;
  lastContactAt: number | null;
  address: string | null;
  statusJson: string | null;
};
export type HostTokenRow = { tokenHash: string; createdAt: number; expiresAt: number; usedAt: number | null };
export type HostGroupRow = { id: string; name: string; parentId: string | null };
export type SavedSearchRow = { id: string; name: string; query: string; createdBy: string; createdAt: number };
/** A stretch of a chain that is stored without a hole. */
export type ChainStretchRow = {
  hostId: string;
  epoch: number;
  first: number;
  last: number;
  /** `previousHash` of the first and `hash` of the last record. */
  before: string;
  hash: string;
  /** When it was written down. */
  savedAt: number;
};
export type ChainBreakRow = { id: Generated<number>; hostId: string; epoch: number; sequence: number; what: string; at: number };
export type CheckpointRow = { number: number; at: number; bodyJson: string };
/** A signed statement of what retention removed. */
export type RemovalRow = { number: number; at: number; bodyJson: string };

/** better-auth's; its points in time are ISO 8601 texts. */
export type UserRow = {
  id: string;
  name: string;
  email: string;
  emailVerified: number;
  image: string | null;
  createdAt: string;
  updatedAt: string;
  role: string;
};

/** better-auth's; ISO 8601, too. */
export type SessionRow = { id: string; userId: string; expiresAt: string };

export type Tables = {
  target: TargetRow;
  vantage: VantageRow;
  agent: AgentRow;
  enrolmentToken: EnrolmentTokenRow;
  gap: GapRow;
  apiKey: ApiKeyRow;
  auditEntry: AuditRow;
  host: HostRow;
  hostToken: HostTokenRow;
  hostGroup: HostGroupRow;
  savedSearch: SavedSearchRow;
  chainStretch: ChainStretchRow;
  chainBreak: ChainBreakRow;
  checkpoint: CheckpointRow;
  removal: RemovalRow;
  user: UserRow;
  session: SessionRow;
};
