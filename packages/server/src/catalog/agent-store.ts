import { type AgentStatus, agentStatusSchema } from '@watchpost/contracts/agents/agent-wire';
import type { Catalog } from './catalog.ts';
import type { AgentRow } from './tables.ts';

/** An agent as the catalog knows it. */
export type AgentRecord = Omit<AgentRow, 'statusJson'> & { status: AgentStatus | null };

export type AgentStore = {
  readonly list: () => Promise<readonly AgentRecord[]>;
  readonly revoke: (id: string, now: number) => Promise<void>;
  /** Keeps what was heard from agents; called in batches, because every write waits for the disk. */
  readonly saveContacts: (agents: readonly Pick<AgentRecord, 'id' | 'lastContactAt' | 'address' | 'status'>[]) => Promise<void>;
};

export function createAgentStore(catalog: Catalog): AgentStore {
  return {
    async list() {
      return (await catalog.selectFrom('agent').selectAll().execute()).map(fromRow);
    },
    async revoke(id, now) {
      await catalog.updateTable('agent').set({ revokedAt: now }).where('id', '=', id).where('revokedAt', 'is', null).execute();
    },
    async saveContacts(agents) {
      if (agents.length === 0) return;
      await catalog.transaction().execute(async (transaction) => {
        for (const { id, lastContactAt, address, status } of agents) {
          const statusJson = status === null ? null : JSON.stringify(status);
          await transaction.updateTable('agent').set({ lastContactAt, address, statusJson }).where('id', '=', id).execute();
        }
      });
    },
  };
}

function fromRow({ statusJson, ...row }: AgentRow): AgentRecord {
  const status = statusJson === null ? null : agentStatusSchema.safeParse(JSON.parse(statusJson));
  return { ...row, status: status?.success ? status.data : null };
}
