import type { Access, Caller } from '../identity/caller.ts';

/** What a route declares of itself, and what is known of a request. */
declare module 'fastify' {
  interface FastifyContextConfig {
    /** Who may use the route. Every route must say it. */
    role?: Access;
    /** Also open to requests from the server's own machine. */
    isOpenLocally?: boolean;
    /** Name of the deed in the audit log; every writing route for people must have one. */
    action?: string;
  }
  interface FastifyInstance {
    /** Every route and who may use it. */
    guardedRoutes: { readonly method: string; readonly url: string; readonly role: Access }[];
  }
  interface FastifyRequest {
    caller: Caller | null;
    /** What stands in the audit log: whom or what the deed was done to, and more about it. */
    deed: { subject?: string; detail?: string; actor?: string };
  }
}
