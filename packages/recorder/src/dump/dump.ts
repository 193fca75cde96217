import type { Log } from '@watchpost/runtime/log/log';
import { followSpool, type Found } from '../reader/follow-spool.ts';

/**
 * What the hooks wrote, as lines of JSON for people and scripts: every field, and the text as exact bytes (`textBase64`
 * beside `text` where it is not valid UTF-8). Needs no recorder and no server.
 */
export async function dumpSpool(options: {
  readonly dir: string;
  readonly isFollowing: boolean;
  readonly print: (line: Record<string, unknown>) => void;
  readonly log: Log;
  readonly signal: AbortSignal;
}): Promise<void> {
  await followSpool({
    dir: options.dir,
    positionOf: () => null,
    take: async (found) => {
      for (const each of found) options.print(lineOf(each));
    },
    log: options.log,
    signal: options.signal,
    isOnce: !options.isFollowing,
  });
}

function lineOf(found: Found): Record<string, unknown> {
  const { file } = found;
  const origin = { file: file.name, shell: file.shell, uid: file.ownerUid, pid: file.pid };
  if ('trouble' in found) return { kind: found.trouble, ...origin };
  if ('refused' in found.piece) return { kind: 'refused', ...origin, cause: found.piece.refused, bytes: found.piece.bytes };
  const { record } = found.piece;
  switch (record.kind) {
    case 'S':
      return { kind: 'opened', ...origin, sequence: record.sequence, at: record.at, header: record.shell };
    case 'B': {
      const { sequence, at, source, hidden } = record;
      const cwd = record.cwd.toString('utf8');
      return { kind: 'start', ...origin, sequence, at, ...exactText(record.text), cwd, hidden: hidden || null, source };
    }
    case 'E': {
      const { sequence, at, startOf, status, pipeStatus } = record;
      return { kind: 'end', ...origin, sequence, at, startOf, exitCode: status, pipeStatus };
    }
    case 'D':
      return { kind: 'detail', ...origin, sequence: record.sequence, startOf: record.startOf, ...exactText(record.text) };
    case 'X':
      return {
        kind: 'closed',
        ...origin,
        sequence: record.sequence,
        at: record.at,
        startOf: record.startOf,
        exitCode: record.status,
      };
  }
}

function exactText(bytes: Buffer): { readonly text: string; readonly textBase64?: string } {
  const text = bytes.toString('utf8');
  return Buffer.from(text, 'utf8').equals(bytes) ? { text } : { text, textBase64: bytes.toString('base64') };
}
