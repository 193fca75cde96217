import { randomBytes } from 'node:crypto';
import { hashSecret, newSecret } from '../identity/secrets.ts';

/** Makes a key of the form `wpa_<agentId>_<secret>`; only the hash of the secret is kept. */
export function newAgentKey(): { readonly agentId: string; readonly key: string; readonly secretHash: string } {
  const agentId = randomBytes(8).toString('hex');
  const secret = newSecret();
  return { agentId, key: `wpa_${agentId}_${secret}`, secretHash: hashSecret(secret) };
}

/** Takes a key apart; null: not an agent's key. */
export function parseAgentKey(key: string): { readonly agentId: string; readonly secretHash: string } | null {
  const [, agentId, secret] = /^wpa_([0-9a-f]{1,64})_([A-Za-z0-9_-]{20,128})$/.exec(key) ?? [];
  return agentId === undefined || secret === undefined ? null : { agentId, secretHash: hashSecret(secret) };
}
