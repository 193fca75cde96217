import { RE2JS } from 're2js';
import { z } from 'zod';
import { DEFAULT_RULES, type RedactionRule } from './default-rules.ts';

const LIMITS = { rules: 200, patternCharacters: 4_000 } as const;

const ruleSchema = z
  .strictObject({
    name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'must be small letters, digits and -, at most 64'),
    pattern: z.string().min(1).max(LIMITS.patternCharacters),
    group: z.int().min(0).max(99).optional(),
  })
  .superRefine(({ pattern, group }, context) => {
    try {
      const groups = RE2JS.compile(pattern).groupCount();
      if (group !== undefined && group > groups) {
        context.addIssue({ code: 'custom', path: ['group'], message: `the pattern has ${groups} groups` });
      }
      if (RE2JS.compile(pattern).matcher('').find()) {
        context.addIssue({ code: 'custom', path: ['pattern'], message: 'must not match an empty text' });
      }
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      context.addIssue({ code: 'custom', path: ['pattern'], message: `must be an RE2 pattern: ${why}` });
    }
  });

/** Rules besides the usual ones, and those of the usual ones that are not wanted. */
export const redactionSettingsSchema = z.strictObject({
  rules: z
    .array(ruleSchema)
    .max(LIMITS.rules)
    .superRefine((rules, context) => {
      for (const [index, { name }] of rules.entries()) {
        if (rules.findIndex((other) => other.name === name) < index) {
          context.addIssue({ code: 'custom', path: [index, 'name'], message: 'must be used once' });
        }
      }
    })
    .default([])
    .describe(
      'Rules that mask further secrets: name, pattern (RE2), group of the pattern that is the secret (default: the first, or all). One with the name of a usual rule takes its place',
    ),
  disable: z
    .array(z.enum(DEFAULT_RULES.map(({ name }) => name)))
    .default([])
    .describe('Names of usual rules that do not apply'),
});
export type RedactionSettings = z.infer<typeof redactionSettingsSchema>;

/** The rules in force: those of the settings first. */
export function rulesInForce({ rules, disable }: RedactionSettings): readonly RedactionRule[] {
  const own = rules.map(({ name, pattern, group }): RedactionRule => {
    const literal = requiredLiteral(pattern);
    return { name, pattern, hints: literal === '' ? [] : [literal], ...(group === undefined ? {} : { group }) };
  });
  const replaced = new Set<string>([...disable, ...rules.map(({ name }) => name)]);
  return [...own, ...DEFAULT_RULES.filter(({ name }) => !replaced.has(name))];
}

/**
 * The longest text that every match of a pattern must contain, as far as that is plain to see; empty: none. Looking for it
 * is much faster than the pattern.
 */
export function requiredLiteral(pattern: string): string {
  let longest = '';
  let run = '';
  let depth = 0;
  const end = (): void => {
    if (run.length > longest.length) longest = run;
    run = '';
  };
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern[at] ?? '';
    if (character === '\\') {
      const next = pattern[(at += 1)] ?? '';
      // An escape with more behind it, as \x{41} or \pL or \Q…\E: the rest of the pattern is not looked at.
      if (/[xpPQ0-7]/.test(next)) return '';
      if (depth === 0 && /[^a-zA-Z0-9]/.test(next)) run += next;
      else end();
    } else if (character === '[') {
      end();
      at = classEnd(pattern, at);
    } else if (character === '(') {
      end();
      depth += 1;
    } else if (character === ')') {
      depth -= 1;
    } else if (character === '|') {
      if (depth === 0) return '';
    } else if ('?*{'.includes(character)) {
      // What stands before may be left out.
      if (depth === 0) run = run.slice(0, -1);
      end();
      if (character === '{') at = Math.max(at, pattern.indexOf('}', at));
    } else if ('+.^$'.includes(character)) {
      end();
    } else if (depth === 0) {
      run += character;
    }
  }
  end();
  return longest.length < 2 ? '' : longest;
}

function classEnd(pattern: string, start: number): number {
  let at = start + 1;
  if (pattern[at] === '^') at += 1;
  if (pattern[at] === ']') at += 1;
  for (; at < pattern.length && pattern[at] !== ']'; at++) {
    if (pattern[at] === '\\') at += 1;
    else if (pattern[at] === '[' && pattern[at + 1] === ':') at = Math.max(at, pattern.indexOf(':]', at) + 1);
  }
  return at;
}
