import { expect, it } from 'vitest';
import { z } from 'zod';
import { targetInputSchema } from '../targets/target.ts';
import { fieldIssues } from './field-issues.ts';

function issuesOf(input: unknown) {
  const parsed = targetInputSchema.safeParse(input);
  return parsed.success ? [] : fieldIssues(parsed.error, input);
}

const good = { name: 'shop', check: { kind: 'http', url: 'https://shop.example/' }, vantages: ['ct'] };

it('accepts a target with nothing but what it must have, and fills in the defaults', () => {
  const target = targetInputSchema.parse(good);
  expect(target.intervalS).toBe(60);
  expect(target.check).toMatchObject({
    connectTimeoutMs: 5000,
    totalTimeoutMs: 10_000,
    maxRedirects: 5,
    maxBodyBytes: 33_554_432,
  });
});

it('names field, value and rule', () => {
  expect(issuesOf({ ...good, intervalS: 4 })).toEqual([
    { field: 'intervalS', value: '4', rule: expect.stringContaining('5') as string },
  ]);
});

it('names an unknown field', () => {
  expect(issuesOf({ ...good, colour: 'red' })).toEqual([{ field: 'colour', value: '"red"', rule: 'is not a known field' }]);
});

it('does not show secrets', () => {
  const auth = { type: 'basic', username: 'u', password: 7 };
  const issues = issuesOf({ ...good, check: { ...good.check, auth } });
  expect(issues.map((issue) => issue.value)).toEqual(['(hidden)']);
});

it('shows no password of an address, and nothing of what carries secrets', () => {
  const schema = z.object({
    url: z.string().max(5),
    headers: z.array(z.object({ value: z.number() })),
    body: z.number(),
    auth: z.object({}),
  });
  const input = { url: 'https://user:zzz@host.example/', headers: [{ value: 'zzz' }], body: 'zzz', auth: 'zzz' };
  const parsed = schema.safeParse(input);
  if (parsed.success) throw new Error('must be refused');
  const issues = fieldIssues(parsed.error, input);
  expect(issues).toHaveLength(4);
  expect(JSON.stringify(issues)).not.toContain('zzz');
});
