import { expect, it } from 'vitest';
import { createLoginLimit } from './login-limit.ts';

it('stops guessing at one account and from one address, and forgets after a quarter of an hour', () => {
  let now = 0;
  const limit = createLoginLimit(() => now);
  for (let count = 0; count < 10; count++) limit.failed(`10.0.0.${count}`, 'A@example.com');
  expect(() => limit.check('10.0.9.9', 'a@example.com')).toThrow(
    expect.objectContaining({ code: 'too-many-requests', retryAfterS: 900 }),
  );
  expect(() => limit.check('10.0.9.9', 'b@example.com')).not.toThrow();
  for (let count = 0; count < 30; count++) limit.failed('10.0.1.1', `${count}@example.com`);
  expect(() => limit.check('10.0.1.1', 'new@example.com')).toThrow(expect.objectContaining({ code: 'too-many-requests' }));
  now = 15 * 60_000;
  expect(() => limit.check('10.0.1.1', 'a@example.com')).not.toThrow();
});

it('forgives an account that signs in', () => {
  const limit = createLoginLimit(() => 0);
  for (let count = 0; count < 9; count++) limit.failed('10.0.0.1', 'a@example.com');
  limit.succeeded('10.0.0.1', 'a@example.com');
  limit.failed('10.0.0.2', 'a@example.com');
  expect(() => limit.check('10.0.0.3', 'a@example.com')).not.toThrow();
});
