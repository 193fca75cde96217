import type { AgentStatus, EnrolRequest, EnrolResponse } from '@watchpost/contracts/agents/agent-wire';
import type { Agent } from '@watchpost/contracts/api/fleet';
import { AppError } from '@watchpost/contracts/errors/app-error';
import { PROTOCOL_VERSION } from '@watchpost/contracts/protocol';
import type { AgentRecord, AgentStore } from '../catalog/agent-store.ts';
import type { EnrolmentTokenStore } from '../catalog/enrolment-token-store.ts';
import type { GapStore } from '../catalog/gap-store.ts';
import { hashSecret, isSameHash, newSecret } from '../identity/secrets.ts';
import { newAgentKey, parseAgentKey } from './agent-key.ts';

const ONLINE_MS = 30_000;
const LATE_MS = 300_000;
const MINUTE_MS = 60_000;

export type ProbeEnrolment = EnrolRequest & { readonly vantage: string };

/** The agents of this server: who they are, when they spoke last, and how they are. */
export type AgentDirectory = {
  readonly list: () => Promise<readonly Agent[]>;
  /** Throws `agent-revoked` for a key that is not valid (any more). */
  readonly authenticate: (key: string) => { readonly agentId: string; readonly vantage: string };
  readonly isEnrolled: (agentId: string) => boolean;
  readonly createToken: (
    vantage: string,
    validMinutes: number,
  ) => Promise<{ readonly token: string; readonly expiresAt: number }>;
  /** Rejects with `bad-enrolment-token`, `unsupported-protocol`. */
  readonly enrol: (request: ProbeEnrolment, address: string) => Promise<EnrolResponse>;
  readonly revoke: (id: string) => Promise<void>;
  readonly heard: (agentId: string, address: string) => void;
  readonly setStatus: (agentId: string, status: AgentStatus) => void;
  /** Agents that are not revoked, as they are now; lost records are left out. */
  readonly enrolled: () => readonly Omit<Agent, 'gapRecords'>[];
  /** Agents by state. */
  readonly counts: () => Readonly<Record<Agent['state'], number>>;
  /** Whether an agent of the vantage point spoke within the last half minute. */
  readonly hasContact: (vantage: string) => boolean;
  readonly forget: (vantage: string) => void;
  /** Writes down what was heard since the last call. */
  readonly flush: () => Promise<void>;
};

export async function openAgentDirectory(parts: {
  readonly agents: AgentStore;
  readonly tokens: EnrolmentTokenStore;
  readonly gaps: GapStore;
  readonly wallMs: () => number;
}): Promise<AgentDirectory> {
  const { agents: store, tokens, gaps, wallMs } = parts;
  const agents = new Map<string, AgentRecord>();
  for (const agent of await store.list()) agents.set(agent.id, agent);
  const unsaved = new Set<string>();

  return {
    async list() {
      const lost = await gaps.totals();
      const now = wallMs();
      return [...agents.values()].map((agent) => toAgent(agent, lost.get(agent.id) ?? 0, now));
    },
    authenticate(key) {
      const given = parseAgentKey('wpa', key);
      const agent = given === null ? undefined : agents.get(given.agentId);
      if (given === null || agent === undefined || agent.revokedAt !== null || !isSameHash(agent.secretHash, given.secretHash)) {
        throw new AppError('agent-revoked');
      }
      return { agentId: agent.id, vantage: agent.vantage };
    },
    isEnrolled: (agentId) => agents.get(agentId)?.revokedAt === null,
    async createToken(vantage, validMinutes) {
      const token = `wpe_${newSecret()}`;
      const createdAt = wallMs();
      const expiresAt = createdAt + validMinutes * MINUTE_MS;
      await tokens.insert({ tokenHash: hashSecret(token), vantage, createdAt, expiresAt });
      return { token, expiresAt };
    },
    async enrol(request, address) {
      if (request.protocol > PROTOCOL_VERSION || request.protocol < PROTOCOL_VERSION - 1)
        throw new AppError('unsupported-protocol');
      const { agentId, key, secretHash } = newAgentKey('wpa');
      const now = wallMs();
      const row = {
        id: agentId,
        kind: request.kind,
        name: request.name,
        vantage: request.vantage,
        secretHash,
        enrolledAt: now,
        revokedAt: null,
        lastContactAt: null,
        address,
      };
      await tokens.exchange(hashSecret(request.token), { ...row, statusJson: null }, now);
      agents.set(agentId, { ...row, status: null });
      return { agentId, key, vantage: request.vantage };
    },
    async revoke(id) {
      const agent = agents.get(id);
      if (agent === undefined) throw new AppError('not-found');
      const now = wallMs();
      agent.revokedAt ??= now;
      await store.revoke(id, now);
    },
    heard(agentId, address) {
      const agent = agents.get(agentId);
      if (agent === undefined) return;
      agent.lastContactAt = wallMs();
      agent.address = address;
      unsaved.add(agentId);
    },
    setStatus(agentId, status) {
      const agent = agents.get(agentId);
      if (agent !== undefined) agent.status = status;
    },
    enrolled() {
      const now = wallMs();
      return [...agents.values()].filter(({ revokedAt }) => revokedAt === null).map((agent) => toAgent(agent, 0, now));
    },
    counts() {
      const counts = { online: 0, late: 0, offline: 0, never: 0, revoked: 0 };
      const now = wallMs();
      for (const agent of agents.values()) counts[stateOf(agent, now)] += 1;
      return counts;
    },
    hasContact(vantage) {
      const now = wallMs();
      return [...agents.values()].some((agent) => agent.vantage === vantage && stateOf(agent, now) === 'online');
    },
    forget(vantage) {
      for (const agent of agents.values()) if (agent.vantage === vantage) agents.delete(agent.id);
    },
    async flush() {
      const changed = [...unsaved].flatMap((id) => agents.get(id) ?? []);
      unsaved.clear();
      try {
        await store.saveContacts(changed);
      } catch (error) {
        for (const agent of changed) unsaved.add(agent.id);
        throw error;
      }
    },
  };
}

export function stateOf(agent: Pick<AgentRecord, 'revokedAt' | 'lastContactAt'>, now: number): Agent['state'] {
  if (agent.revokedAt !== null) return 'revoked';
  if (agent.lastContactAt === null) return 'never';
  const silentMs = now - agent.lastContactAt;
  return silentMs <= ONLINE_MS ? 'online' : silentMs <= LATE_MS ? 'late' : 'offline';
}

function toAgent(agent: AgentRecord, gapRecords: number, now: number): Agent {
  const { id, kind, name, vantage, enrolledAt, lastContactAt, address, status } = agent;
  return { id, kind, name, vantage, state: stateOf(agent, now), enrolledAt, lastContactAt, address, status, gapRecords };
}
