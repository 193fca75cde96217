import { expect, test } from 'vitest';
import { createLog } from './log.ts';

test('writes JSON lines in which no secret is', () => {
  const lines: string[] = [];
  const log = createLog({ name: 'probe', destination: { write: (line) => void lines.push(line) } });
  log.info({ key: 'wpa_1_s3cret', agent: { token: 's3cret', id: 1 }, headers: { authorization: 'Bearer s3cret' } }, 'enrolled');
  log.debug('not at this level');
  expect(lines.length).toBe(1);
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({
    level: 'info',
    name: 'probe',
    msg: 'enrolled',
    key: '(hidden)',
    agent: { token: '(hidden)', id: 1 },
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
  });
  expect(lines[0]).not.toContain('s3cret');
});
