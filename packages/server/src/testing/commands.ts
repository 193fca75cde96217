import { zstdCompressSync } from 'node:zlib';
import type { Command } from '@watchpost/contracts/commands/command';
import type { Answer, TestServer } from './start-test-server.ts';

/** A host joins, without a recorder that runs. */
export async function joinHost(server: TestServer, name = 'h'): Promise<{ readonly hostId: string; readonly key: string }> {
  const token = await server.call('POST', '/api/v1/hosts/enrolment-tokens', { key: server.keys.operator, body: {} });
  const body = { token: token.json.token, kind: 'recorder', vantage: null, name, version: '1', protocol: 1 };
  const { json } = await server.call('POST', '/api/v1/agents/enrol', { body });
  return { hostId: json.agentId, key: json.key };
}

/** Sends records as a recorder does. */
export function sendCommands(server: TestServer, key: string, records: readonly Command[], header?: string): Promise<Answer> {
  return server.call('POST', '/api/v1/agents/self/commands', {
    key,
    raw: zstdCompressSync(records.map((record) => `${JSON.stringify(record)}\n`).join('')),
    headers: {
      'content-encoding': 'zstd',
      'content-type': 'application/x-ndjson',
      'watchpost-batch': header ?? `${records[0]?.epoch}:${records[0]?.sequence}-${records.at(-1)?.sequence}`,
    },
  });
}
