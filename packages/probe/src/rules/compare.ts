import { findPattern } from './pattern.ts';

/** How a rule compares what it found with what it expects. */
export type Comparison = 'equals' | 'not-equals' | 'contains' | 'matches' | 'less' | 'greater' | 'exists';

/** Compares one value as text. `less` and `greater` compare numbers, and do not hold when one of the two is none. */
export function compareText(actual: string, compare: Comparison, expected: string): boolean {
  switch (compare) {
    case 'exists':
      return true;
    case 'equals':
      return actual === expected;
    case 'not-equals':
      return actual !== expected;
    case 'contains':
      return actual.includes(expected);
    case 'matches':
      return findPattern(expected, actual) === true;
    case 'less':
      return numeric(actual) < numeric(expected);
    case 'greater':
      return numeric(actual) > numeric(expected);
  }
}

/** The comparison in words, as it stands in an error text. */
export const COMPARISON_WORDS: Readonly<Record<Comparison, string>> = {
  equals: 'to equal',
  'not-equals': 'to differ from',
  contains: 'to contain',
  matches: 'to match',
  less: 'to be less than',
  greater: 'to be greater than',
  exists: 'to be there',
};

function numeric(text: string): number {
  return text.trim() === '' ? Number.NaN : Number(text);
}
