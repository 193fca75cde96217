import type { RE2JS } from 're2js';
import { re2 } from './engines.ts';

/** UTF-16 units of text a pattern is tried on at most. */
export const PATTERN_TEXT_LIMIT = 1_048_576;
/** Program size × text length at most: about half a second of work for the worst pattern. */
export const PATTERN_WORK_LIMIT = 32_000_000;
const CACHE_LIMIT = 512;

/** true, false, or undecided: not found in as much of the text as the limits allow. */
export type PatternAnswer = boolean | 'undecided';

const cache = new Map<string, RE2JS>();

/**
 * Looks for a pattern of RE2 syntax (https://github.com/google/re2/wiki/Syntax) anywhere in a text. Time grows
 * linearly with the text whatever the pattern, and the work is capped: the larger the pattern, the less text is read.
 * Throws when the pattern is not valid.
 */
export function findPattern(pattern: string, text: string): PatternAnswer {
  const compiled = compilePattern(pattern);
  const limit = Math.min(PATTERN_TEXT_LIMIT, Math.floor(PATTERN_WORK_LIMIT / Math.max(1, compiled.programSize())));
  if (text.length <= limit) return compiled.matcher(text).find();
  return compiled.matcher(text.slice(0, limit)).find() ? true : 'undecided';
}

/** What is wrong with a pattern, in words; null: nothing. */
export function patternProblem(pattern: string): string | null {
  try {
    compilePattern(pattern);
    return null;
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    return `must be a pattern of RE2 syntax: ${text.replace(/^error parsing regexp: /, '')}`;
  }
}

function compilePattern(pattern: string): RE2JS {
  const known = cache.get(pattern);
  if (known !== undefined) return known;
  const compiled = re2().RE2JS.compile(pattern);
  if (cache.size >= CACHE_LIMIT) {
    const oldest = cache.keys().next();
    if (oldest.done !== true) cache.delete(oldest.value);
  }
  cache.set(pattern, compiled);
  return compiled;
}
