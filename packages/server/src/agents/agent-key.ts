import { randomBytes } from 'node:crypto';
import { hashSecret, newSecret } from '../identity/secrets.ts';

/** `wpa_`: a probe. `wph_`: the recorder of a host. */
export type AgentKeyPrefix = 'wpa' | 'wph';

/** Makes a key of the form `wpa_<agentId>_<secret>`; only the hash of the secret is kept. */
export function newAgentKey(prefix: AgentKeyPrefix): {
  readonly agentId: string;
  readonly key: string;
  readonly secretHash: string;
} {
  const agentId = randomBytes(8).toString('hex');
  const secret = newSecret();
  return { agentId, key: `${prefix}_${agentId}_${secret}`, secretHash: hashSecret(secret) };
}

/** Takes a key apart; null: not a key of this kind of agent. */
export function parseAgentKey(
  prefix: AgentKeyPrefix,
  key: string,
): { readonly agentId: string; readonly secretHash: string } | null {
  const [, kind, agentId, secret] = /^(wp[ah])_([0-9a-f]{1,64})_([A-Za-z0-9_-]{20,128})$/.exec(key) ?? [];
  if (kind !== prefix || agentId === undefined || secret === undefined) return null;
  return { agentId, secretHash: hashSecret(secret) };
}
