import type { Role, User } from '@watchpost/contracts/api/identity';

/** Who sends a request, once that is proven. */
export type Caller =
  | { readonly kind: 'person'; readonly user: User; readonly role: Role }
  | { readonly kind: 'api-key'; readonly id: string; readonly name: string; readonly role: Role }
  | { readonly kind: 'agent'; readonly agentId: string; readonly vantage: string }
  | { readonly kind: 'recorder'; readonly hostId: string };

/** public: anybody. legacy: an address that the route itself allows. agent: an enrolled probe, about itself. recorder: that of a host, about that host. Else: a person or an API key with this role or a higher one. */
export type Access = 'public' | 'legacy' | 'agent' | 'recorder' | Role;

const RANK = { viewer: 1, operator: 2, administrator: 3 } as const satisfies Readonly<Record<Role, number>>;

export function hasRole(role: Role, wanted: Role): boolean {
  return RANK[role] >= RANK[wanted];
}

/** Under what a caller's open streams are known: `person <id>`, `api-key <id>`. */
export function viewerOf(caller: Caller): string {
  switch (caller.kind) {
    case 'person':
      return `person ${caller.user.id}`;
    case 'api-key':
      return `api-key ${caller.id}`;
    case 'agent':
      return `agent ${caller.agentId}`;
    case 'recorder':
      return `recorder ${caller.hostId}`;
  }
}

/** The name that stands in the audit log. */
export function callerName(caller: Caller): string {
  switch (caller.kind) {
    case 'person':
      return caller.user.email;
    case 'api-key':
      return `api-key:${caller.name}`;
    case 'agent':
      return `agent:${caller.agentId}`;
    case 'recorder':
      return `recorder:${caller.hostId}`;
  }
}
