import type { RuleKind } from './rule-kind.ts';

/** The status of the last answer is in a set as `200,204,301-308`. */
export const statusRule: RuleKind<'status'> = {
  appliesTo: ['http'],
  needsBody: false,
  severity: 'down',
  validate: (rule) =>
    ranges(rule.expect).every(([low, high]) => low <= high)
      ? null
      : { field: 'expect', value: rule.expect, rule: 'must give each range from the lower to the higher status' },
  judge: (rule, { status }) => {
    if (status !== null && ranges(rule.expect).some(([low, high]) => status >= low && status <= high)) return null;
    return { code: 'status', text: `status: expected ${rule.expect.replaceAll(/\s+/g, '')}, got ${status ?? 'none'}` };
  },
};

function ranges(set: string): readonly (readonly [low: number, high: number])[] {
  return set.split(',').map((part) => {
    const [low, high] = part.split('-').map((text) => Number(text.trim()));
    return [low ?? Number.NaN, high ?? low ?? Number.NaN] as const;
  });
}
