import { expect, it } from 'vitest';
import { createLoginLimit } from './login-limit.ts';

const MINUTE_US = 60_000_000;
const refused = expect.objectContaining({ code: 'too-many-requests' });

it('stops guessing at one account and from one network, and forgets after a quarter of an hour', () => {
  let nowUs = 0;
  const limit = createLoginLimit(() => nowUs);
  for (let count = 0; count < 10; count++) limit.begin('10.0.0.1', 'A@example.com');
  expect(() => limit.begin('10.0.0.1', ' a@example.com')).toThrow(
    expect.objectContaining({ code: 'too-many-requests', retryAfterS: 900 }),
  );
  for (let count = 0; count < 20; count++) limit.begin('10.0.0.1', `${count}@example.com`);
  expect(() => limit.begin('10.0.0.1', 'new@example.com')).toThrow(refused);
  nowUs = 15 * MINUTE_US;
  limit.begin('10.0.0.1', 'a@example.com');
});

it('cannot be used by a stranger to lock somebody out, nor gone round by many addresses', () => {
  const limit = createLoginLimit(() => 0);
  for (let count = 0; count < 10; count++) limit.begin('10.0.0.1', 'a@example.com');
  expect(() => limit.begin('10.0.0.1', 'a@example.com')).toThrow(refused);
  limit.begin('10.0.0.2', 'a@example.com');
  for (let count = 0; count < 89; count++) limit.begin(`10.0.1.${count}`, 'a@example.com');
  expect(() => limit.begin('10.0.2.1', 'a@example.com')).toThrow(refused);
});

it('takes an IPv6 network of one customer as one', () => {
  const limit = createLoginLimit(() => 0);
  for (let count = 0; count < 30; count++) limit.begin(`2001:db8:1:2::${count}`, `${count}@example.com`);
  expect(() => limit.begin('2001:db8:1:2:ffff::1', 'b@example.com')).toThrow(refused);
  limit.begin('2001:db8:1:3::1', 'b@example.com');
});

it('forgives who signs in', () => {
  const limit = createLoginLimit(() => 0);
  for (let round = 0; round < 20; round++) {
    for (let count = 0; count < 3; count++) limit.begin('10.0.0.1', 'a@example.com');
    limit.succeeded('10.0.0.1', 'a@example.com');
    if (round >= 9) break;
  }
  limit.begin('10.0.0.3', 'a@example.com');
});
