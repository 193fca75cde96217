import { unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Command, canonicalCommand, type UnchainedCommand } from '@watchpost/contracts/commands/command';
import { WIRE_LIMITS } from '@watchpost/contracts/protocol';
import { delay } from '@watchpost/runtime/clock/delay';
import type { Log } from '@watchpost/runtime/log/log';
import type { Spool } from '@watchpost/runtime/spool/spool';
import { chainCommand, type ChainHead, EMPTY_CHAIN } from '../chain/chain.ts';

export const COMMAND_LOG_LIMITS = {
  /** Bytes of records that go to the spool in one write. */
  groupBytes: 2 * WIRE_LIMITS.commandBytes - 1024 * 1024,
  /** Pause before a failed write is tried again. */
  retryMs: 1_000,
} as const;

/** Of one redaction as JSON: names and tokens are bounded. */
const REDACTION_BYTES = 200;
/** Larger records are measured, smaller ones estimated. */
const EXACT_FROM_BYTES = 64 * 1024;

export type CommandLog = {
  readonly head: () => ChainHead;
  /**
   * Chains the records and writes them durably, one call after the other. While the disk refuses, it tries again: nothing is
   * given up. Gives the newest record then.
   */
  readonly append: (commands: readonly UnchainedCommand[]) => Promise<ChainHead>;
};

/** The chained records of this host, on top of its spool, of which it is the only writer. */
export function createCommandLog(options: {
  readonly spool: Spool;
  readonly hostId: string;
  readonly head: ChainHead | null;
  /** A folder on the disk of the spool. */
  readonly dataDir: string;
  readonly log: Log;
  readonly signal: AbortSignal;
}): CommandLog {
  const { spool, hostId, dataDir, log, signal } = options;
  let head = options.head ?? EMPTY_CHAIN;

  const appendGroup = async (group: readonly UnchainedCommand[]): Promise<void> => {
    let bytes = 0;
    for (let failures = 0; ; failures++) {
      signal.throwIfAborted();
      // A failed write of the spool uses numbers of the chain up: it is tried only when there is room again.
      if (failures > 0 && !(await hasRoom(dataDir, bytes))) {
        await delay(COMMAND_LOG_LIMITS.retryMs, signal);
        continue;
      }
      // Failed writes may have used numbers up.
      let { sequence } = spool.stats().newest >= head.sequence ? { sequence: spool.stats().newest } : head;
      let previousHash = head.hash;
      const lines: string[] = [];
      for (const command of group) {
        sequence += 1;
        const chained = chainCommand(command, { hostId, epoch: spool.epoch, sequence, previousHash });
        previousHash = chained.hash;
        lines.push(lineOf(chained));
      }
      bytes = lines.reduce((sum, line) => sum + 2 * line.length, 64 * 1024);
      try {
        const { last } = await spool.append(lines);
        if (last !== sequence) throw new Error(`the spool gave ${last} in place of ${sequence}`);
        head = { sequence, hash: previousHash };
        if (failures > 0) log.info('commands can be written to the spool again');
        return;
      } catch (error) {
        if (failures === 0)
          log.error({ err: error }, 'commands cannot be written to the spool; they wait in the files of their shells');
        await delay(COMMAND_LOG_LIMITS.retryMs, signal);
      }
    }
  };

  const appendAll = async (commands: readonly UnchainedCommand[]): Promise<ChainHead> => {
    let group: UnchainedCommand[] = [];
    let bytes = 0;
    for (const command of commands) {
      const size = mostBytes(command);
      if (group.length > 0 && bytes + size > COMMAND_LOG_LIMITS.groupBytes) {
        await appendGroup(group);
        group = [];
        bytes = 0;
      }
      group.push(command);
      bytes += size;
    }
    if (group.length > 0) await appendGroup(group);
    return head;
  };

  let turn: Promise<ChainHead> = Promise.resolve(head);
  return {
    head: () => head,
    append(commands) {
      turn = turn.catch(() => head).then(() => appendAll(commands));
      return turn;
    },
  };
}

/** Bytes that a record takes as JSON, at most: a single write of the spool is bounded, and one that is too large never succeeds. */
function mostBytes(command: UnchainedCommand): number {
  const characters = (command.text?.length ?? 0) + (command.cwd?.length ?? 0) + (command.detail?.length ?? 0);
  const most = 2_000 + 6 * characters + (command.textBase64?.length ?? 0) + REDACTION_BYTES * command.redactions.length;
  return most < EXACT_FROM_BYTES ? most : 2_000 + Buffer.byteLength(JSON.stringify(command));
}

/** Whether the disk takes so many bytes: by writing them. */
async function hasRoom(dir: string, bytes: number): Promise<boolean> {
  const path = join(dir, 'room');
  try {
    await writeFile(path, Buffer.alloc(bytes), { mode: 0o600, flush: true });
    return true;
  } catch {
    return false;
  } finally {
    await unlink(path).catch(() => {});
  }
}

/** The record as JSON. The spool puts the sequence in front. */
function lineOf({ hash, ...command }: Command): string {
  const canonical = canonicalCommand(command).replace(`"sequence":${command.sequence},`, '');
  return `${canonical.slice(0, -1)},"hash":"${hash}"}`;
}
