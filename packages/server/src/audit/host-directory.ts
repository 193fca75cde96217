import type { EnrolRequest, EnrolResponse } from '@watchpost/contracts/agents/agent-wire';
import { type RecorderStatus, recorderStatusSchema } from '@watchpost/contracts/agents/recorder-wire';
import type { HostGroup } from '@watchpost/contracts/api/audit';
import { AppError } from '@watchpost/contracts/errors/app-error';
import { PROTOCOL_VERSION } from '@watchpost/contracts/protocol';
import { stateOf } from '../agents/agent-directory.ts';
import { newAgentKey, parseAgentKey } from '../agents/agent-key.ts';
import type { HostStore } from '../catalog/host-store.ts';
import type { HostRow } from '../catalog/tables.ts';
import { hashSecret, isSameHash, newSecret } from '../identity/secrets.ts';

const MINUTE_MS = 60_000;
/** Whoever may use the compatibility endpoint can make up addresses: so many are believed. */
const LEGACY_HOSTS = 10_000;

/** A host as the server knows it, without what its commands tell. */
export type KnownHost = {
  readonly id: string;
  readonly kind: HostRow['kind'];
  readonly name: string;
  readonly state: ReturnType<typeof stateOf>;
  readonly labels: Readonly<Record<string, string>>;
  readonly groupIds: readonly string[];
  readonly address: string | null;
  readonly lastContactAt: number | null;
  readonly recorder: RecorderStatus | null;
};

/** The hosts of the command audit: who they are, when their recorders spoke last, and in which groups they stand. */
export type HostDirectory = {
  readonly list: () => readonly KnownHost[];
  readonly get: (id: string) => KnownHost | null;
  readonly nameOf: (id: string) => string;
  /** Gives the host's id. Throws `agent-revoked` for a key that is not valid (any more). */
  readonly authenticate: (key: string) => string;
  readonly heard: (hostId: string, address: string) => void;
  readonly setStatus: (hostId: string, status: RecorderStatus) => void;
  /** Makes a host that is known by its address only, when it is not there yet. Rejects with `unavailable` when there are too many. */
  readonly addLegacy: (id: string, address: string) => Promise<void>;
  readonly createToken: (validMinutes: number) => Promise<{ readonly token: string; readonly expiresAt: number }>;
  /** Rejects with `bad-enrolment-token`, `unsupported-protocol`. */
  readonly enrol: (request: EnrolRequest, address: string) => Promise<EnrolResponse>;
  readonly change: (
    id: string,
    change: { name?: string | undefined; labels?: Record<string, string> | undefined; groupIds?: string[] | undefined },
  ) => Promise<KnownHost>;
  readonly revoke: (id: string) => Promise<void>;
  readonly groups: () => readonly HostGroup[];
  /** Rejects with `bad-request` for a parent that is not there or lies below the group. */
  readonly putGroup: (group: HostGroup) => Promise<void>;
  /** Its groups and hosts go to its parent. */
  readonly removeGroup: (id: string) => Promise<void>;
  /** Hosts given by their ids and by groups with all below; null: all. */
  readonly resolve: (hosts: readonly string[], groups: readonly string[]) => readonly string[] | null;
  readonly flush: () => Promise<void>;
};

type Entry = Omit<HostRow, 'labelsJson' | 'groupIdsJson' | 'statusJson'> & {
  labels: Record<string, string>;
  groupIds: string[];
  status: RecorderStatus | null;
};

export async function openHostDirectory(parts: {
  readonly store: HostStore;
  /** Base64; given to recorders at their enrolment. */
  readonly redactionKey: string;
  readonly wallMs: () => number;
}): Promise<HostDirectory> {
  const { store, redactionKey, wallMs } = parts;
  const hosts = new Map<string, Entry>();
  for (const row of await store.list()) hosts.set(row.id, toEntry(row));
  const groups = new Map((await store.groups()).map((group) => [group.id, group]));
  const unsaved = new Set<string>();

  const existing = (id: string): Entry => {
    const host = hosts.get(id);
    if (host === undefined) throw new AppError('not-found');
    return host;
  };
  const known = (host: Entry): KnownHost => {
    const { id, kind, name, labels, groupIds, address, lastContactAt, status } = host;
    return { id, kind, name, state: stateOf(host, wallMs()), labels, groupIds, address, lastContactAt, recorder: status };
  };
  const withAllBelow = (ids: readonly string[]): Set<string> => {
    const wanted = new Set(ids);
    for (let size = -1; size !== wanted.size;) {
      size = wanted.size;
      for (const group of groups.values()) if (group.parentId !== null && wanted.has(group.parentId)) wanted.add(group.id);
    }
    return wanted;
  };

  return {
    list: () => [...hosts.values()].map(known).toSorted((left, right) => left.name.localeCompare(right.name)),
    get: (id) => {
      const host = hosts.get(id);
      return host === undefined ? null : known(host);
    },
    nameOf: (id) => hosts.get(id)?.name ?? id,
    authenticate(key) {
      const given = parseAgentKey('wph', key);
      const host = given === null ? undefined : hosts.get(given.agentId);
      if (given === null || host === undefined || host.revokedAt !== null || !isSameHash(host.secretHash, given.secretHash)) {
        throw new AppError('agent-revoked');
      }
      return host.id;
    },
    heard(hostId, address) {
      const host = hosts.get(hostId);
      if (host === undefined) return;
      host.lastContactAt = wallMs();
      host.address = address;
      unsaved.add(hostId);
    },
    setStatus(hostId, status) {
      const host = hosts.get(hostId);
      if (host !== undefined) host.status = status;
    },
    async addLegacy(id, address) {
      const known = hosts.get(id);
      if (known === undefined) {
        if ([...hosts.values()].filter(({ kind }) => kind === 'legacy').length >= LEGACY_HOSTS) {
          throw new AppError('unavailable', `more than ${LEGACY_HOSTS} legacy hosts`);
        }
        const now = wallMs();
        const row: HostRow = {
          id,
          kind: 'legacy',
          name: address,
          secretHash: '',
          labelsJson: '{}',
          groupIdsJson: '[]',
          enrolledAt: now,
          revokedAt: null,
          lastContactAt: now,
          address,
          statusJson: null,
        };
        // First, so that a second record of the host that comes meanwhile finds it.
        hosts.set(id, toEntry(row));
        await store.insert(row).catch((error: unknown) => {
          hosts.delete(id);
          throw error;
        });
        return;
      }
      known.lastContactAt = wallMs();
      unsaved.add(id);
    },
    async createToken(validMinutes) {
      const token = `wpe_${newSecret()}`;
      const createdAt = wallMs();
      const expiresAt = createdAt + validMinutes * MINUTE_MS;
      await store.insertToken({ tokenHash: hashSecret(token), createdAt, expiresAt });
      return { token, expiresAt };
    },
    async enrol(request, address) {
      if (request.protocol > PROTOCOL_VERSION || request.protocol < PROTOCOL_VERSION - 1)
        throw new AppError('unsupported-protocol');
      const { agentId, key, secretHash } = newAgentKey('wph');
      const now = wallMs();
      const row: HostRow = {
        id: agentId,
        kind: 'recorder',
        name: request.name,
        secretHash,
        labelsJson: '{}',
        groupIdsJson: '[]',
        enrolledAt: now,
        revokedAt: null,
        lastContactAt: null,
        address,
        statusJson: null,
      };
      await store.exchangeToken(hashSecret(request.token), row, now);
      hosts.set(agentId, toEntry(row));
      return { agentId, key, vantage: '', redactionKey };
    },
    async change(id, change) {
      const host = existing(id);
      const unknown = change.groupIds?.find((groupId) => !groups.has(groupId));
      if (unknown !== undefined) throw badGroup('groupIds', unknown);
      const { name = host.name, labels = host.labels, groupIds = host.groupIds } = change;
      await store.change(id, { name, labelsJson: JSON.stringify(labels), groupIdsJson: JSON.stringify(groupIds) });
      Object.assign(host, { name, labels, groupIds });
      return known(host);
    },
    async revoke(id) {
      const host = existing(id);
      host.revokedAt ??= wallMs();
      await store.change(id, { revokedAt: host.revokedAt });
    },
    groups: () => [...groups.values()],
    async putGroup(group) {
      if (group.parentId !== null && !groups.has(group.parentId)) throw badGroup('parentId', group.parentId);
      if (group.parentId !== null && withAllBelow([group.id]).has(group.parentId)) {
        const issue = { field: 'parentId', value: group.parentId, rule: 'must not be the group itself or lie below it' };
        throw new AppError('bad-request', undefined, { issues: [issue] });
      }
      await store.putGroup(group);
      groups.set(group.id, group);
    },
    async removeGroup(id) {
      const group = groups.get(id);
      if (group === undefined) throw new AppError('not-found');
      for (const child of groups.values()) {
        if (child.parentId !== id) continue;
        const moved = { ...child, parentId: group.parentId };
        await store.putGroup(moved);
        groups.set(child.id, moved);
      }
      for (const host of hosts.values()) {
        if (!host.groupIds.includes(id)) continue;
        const others = host.groupIds.filter((each) => each !== id && each !== group.parentId);
        host.groupIds = group.parentId === null ? others : [...others, group.parentId];
        await store.change(host.id, { groupIdsJson: JSON.stringify(host.groupIds) });
      }
      await store.removeGroup(id);
      groups.delete(id);
    },
    resolve(hostIds, groupIds) {
      if (hostIds.length === 0 && groupIds.length === 0) return null;
      const wanted = withAllBelow(groupIds);
      const inGroups = [...hosts.values()].filter((host) => host.groupIds.some((id) => wanted.has(id))).map(({ id }) => id);
      return [...new Set([...hostIds, ...inGroups])];
    },
    async flush() {
      const changed = [...unsaved].flatMap((id) => hosts.get(id) ?? []);
      unsaved.clear();
      try {
        await store.saveContacts(
          changed.map(({ id, lastContactAt, address, status }) => ({
            id,
            lastContactAt,
            address,
            statusJson: status === null ? null : JSON.stringify(status),
          })),
        );
      } catch (error) {
        for (const { id } of changed) unsaved.add(id);
        throw error;
      }
    },
  };
}

function badGroup(field: string, value: string): AppError {
  return new AppError('bad-request', undefined, { issues: [{ field, value, rule: 'must be a group of hosts' }] });
}

function toEntry({ labelsJson, groupIdsJson, statusJson, ...row }: HostRow): Entry {
  const status = statusJson === null ? null : recorderStatusSchema.safeParse(JSON.parse(statusJson));
  return {
    ...row,
    labels: JSON.parse(labelsJson) as Record<string, string>,
    groupIds: JSON.parse(groupIdsJson) as string[],
    status: status?.success === true ? status.data : null,
  };
}
