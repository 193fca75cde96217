import type { CommandLine } from '@watchpost/contracts/api/audit';

/** A stretch of a session in one shell as one user. */
export type SessionPart = { readonly key: string; readonly user: string | null; readonly lines: readonly CommandLine[] };

/** The records of a session in order, cut where user or shell change. A record of no shell stays where it is. */
export function sessionParts(lines: readonly CommandLine[]): readonly SessionPart[] {
  const parts: { key: string; user: string | null; shellId: string | null; lines: CommandLine[] }[] = [];
  for (const line of lines) {
    const last = parts.at(-1);
    const isSame =
      last !== undefined &&
      (line.shellId === null || last.shellId === null || line.shellId === last.shellId) &&
      (line.user === null || last.user === null || line.user === last.user);
    if (!isSame) {
      parts.push({ key: line.id, user: line.user, shellId: line.shellId, lines: [line] });
      continue;
    }
    last.lines.push(line);
    last.user ??= line.user;
    last.shellId ??= line.shellId;
  }
  return parts;
}
