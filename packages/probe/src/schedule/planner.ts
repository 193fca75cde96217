import { DueHeap, type HeapEntry } from './due-heap.ts';
import type { Line } from './lines.ts';
import { nextDue, phaseOffsetMs, roundDueBy } from './rounds.ts';

/** A measurement that is due now. */
export type DueLine = { readonly line: Line; readonly roundAt: number; readonly dueAt: number };

/** Knows what is due when. It has no clock and no timer: the caller says what time it is. */
export type Planner = {
  /** Replaces all lines. A line that stays, with the same interval, goes on in its rounds. */
  readonly setLines: (lines: readonly Line[], nowMs: number) => void;
  /** Takes what is due, `limit` at most. What is due longer than the tolerance is left out and counted. */
  readonly take: (nowMs: number, limit: number) => readonly DueLine[];
  /** To be called when the clock jumped: plans every line anew from the time it shows now. */
  readonly clockJumped: (nowMs: number) => void;
  /** When the next measurement is due, Unix ms; null: there is none. */
  readonly nextAt: () => number | null;
  readonly size: () => number;
  /** Mean number of measurements in a second. */
  readonly ratePerS: () => number;
  /** Rounds left out since the start. */
  readonly leftOut: () => number;
};

type Entry = HeapEntry & { line: Line; offsetMs: number; roundAt: number; lastRoundAt: number | null };

/** A measurement may start this much late; later it is left out, because its round would not be comparable. */
export function toleranceMs(intervalMs: number): number {
  return Math.min(1_000, intervalMs / 4);
}

export function createPlanner(): Planner {
  const entries = new Map<string, Entry>();
  const heap = new DueHeap<Entry>();
  let leftOut = 0;
  let ratePerS = 0;

  const plan = (entry: Entry, nowMs: number): void => {
    const due = nextDue({
      intervalMs: entry.line.intervalMs,
      offsetMs: entry.offsetMs,
      lastRoundAt: entry.lastRoundAt,
      nowMs,
    });
    entry.roundAt = due.roundAt;
    entry.dueAt = due.dueAt;
  };

  const add = (line: Line, nowMs: number, lastRoundAt: number | null): void => {
    const offsetMs = phaseOffsetMs(line.key, line.intervalMs);
    const entry: Entry = { line, offsetMs, lastRoundAt, roundAt: 0, dueAt: 0, heapIndex: -1 };
    plan(entry, nowMs);
    entries.set(line.key, entry);
    heap.push(entry);
  };

  const setLines = (lines: readonly Line[], nowMs: number): void => {
    const wanted = new Map(lines.map((line) => [line.key, line]));
    for (const [key, entry] of entries) {
      if (wanted.has(key)) continue;
      heap.remove(entry);
      entries.delete(key);
    }
    for (const line of wanted.values()) {
      const entry = entries.get(line.key);
      if (entry !== undefined && entry.line.intervalMs === line.intervalMs) {
        entry.line = line;
        continue;
      }
      if (entry !== undefined) heap.remove(entry);
      add(line, nowMs, entry?.lastRoundAt ?? null);
    }
    ratePerS = [...wanted.values()].reduce((sum, line) => sum + 1_000 / line.intervalMs, 0);
  };

  const take = (nowMs: number, limit: number): readonly DueLine[] => {
    const due: DueLine[] = [];
    for (let entry = heap.peek(); entry !== undefined && entry.dueAt <= nowMs && due.length < limit; entry = heap.peek()) {
      const { line, offsetMs } = entry;
      const current = Math.max(roundDueBy(nowMs, line.intervalMs, offsetMs), entry.roundAt);
      const dueAt = current + offsetMs;
      leftOut += (current - entry.roundAt) / line.intervalMs;
      if (nowMs - dueAt <= toleranceMs(line.intervalMs)) due.push({ line, roundAt: current, dueAt });
      else leftOut += 1;
      entry.lastRoundAt = current;
      entry.roundAt = current + line.intervalMs;
      entry.dueAt = entry.roundAt + offsetMs;
      heap.moved(entry);
    }
    return due;
  };

  const clockJumped = (nowMs: number): void => {
    for (const entry of entries.values()) {
      const plannedRoundAt = entry.roundAt;
      plan(entry, nowMs);
      leftOut += Math.max(0, (entry.roundAt - plannedRoundAt) / entry.line.intervalMs);
      heap.moved(entry);
    }
  };

  return {
    setLines,
    take,
    clockJumped,
    nextAt: () => heap.peek()?.dueAt ?? null,
    size: () => entries.size,
    ratePerS: () => ratePerS,
    leftOut: () => leftOut,
  };
}
