import type { CommandSearch } from '@watchpost/contracts/api/audit';
import type { FastifyRequest } from 'fastify';
import type { AuditLogStore } from '../catalog/audit-log-store.ts';
import { callerName } from '../identity/caller.ts';

/** A page that shows a host asks for it again and again: one entry stands for so long. */
const SAME_VIEW_MS = 5 * 60_000;
const VIEWS_KEPT = 10_000;
const SUBJECT_LENGTH = 1_000;

/** Looking at commands leaves a trace, before the answer is given. */
export type LookingNotes = {
  readonly note: (request: FastifyRequest, action: string, subject: string) => Promise<void>;
  /** As `note`, once in five minutes for the same person, action and subject. */
  readonly noteView: (request: FastifyRequest, action: string, subject: string) => Promise<void>;
};

export function createLookingNotes(auditLog: AuditLogStore, wallMs: () => number): LookingNotes {
  const views = new Map<string, number>();
  const actorOf = (request: FastifyRequest) => (request.caller === null ? 'nobody' : callerName(request.caller));
  const viewOf = (request: FastifyRequest, action: string, subject: string) =>
    JSON.stringify([actorOf(request), action, subject, request.ip]);
  const note: LookingNotes['note'] = async (request, action, subject) => {
    const now = wallMs();
    const entry = { actor: actorOf(request), action, subject: subject.slice(0, SUBJECT_LENGTH), sourceIp: request.ip };
    await auditLog.add({ at: now, ...entry, detail: null });
    const view = viewOf(request, action, subject);
    views.delete(view);
    views.set(view, now);
    if (views.size > VIEWS_KEPT) views.delete(views.keys().next().value ?? '');
  };
  return {
    note,
    async noteView(request, action, subject) {
      const before = views.get(viewOf(request, action, subject));
      const now = wallMs();
      if (before === undefined || now < before || now - before >= SAME_VIEW_MS) await note(request, action, subject);
    },
  };
}

/** What a search asks for, as it stands in the audit log: only what was given. */
export function searchSubject(search: CommandSearch): string {
  const { limit: _limit, cursor: _cursor, ...rest } = search;
  const given = Object.entries(rest).filter(
    ([, value]) => value !== undefined && value !== '' && !(Array.isArray(value) && value.length === 0),
  );
  return JSON.stringify(Object.fromEntries(given));
}
