import { expect, test } from 'vitest';
import { joinEvents } from './join-events.ts';
import type { TimedEvents } from './timed-server.ts';

const NOTHING = {
  dnsRxUs: null,
  dnsTxUs: null,
  helloRxUs: null,
  helloTxUs: null,
  requestRxUs: null,
  firstTxUs: null,
  lastTxUs: null,
};
const lookup = (id: number, atUs: number): TimedEvents => ({ ...NOTHING, id, dnsRxUs: atUs, dnsTxUs: atUs + 1 });
const request = (id: number, atUs: number): TimedEvents => ({ ...NOTHING, id, requestRxUs: atUs, lastTxUs: atUs + 5 });

test('each request gets the lookup it began with, also when a plan is measured again and again', () => {
  const joined = joinEvents(
    [lookup(1, 100), lookup(2, 150), lookup(1, 200)],
    [request(2, 160), request(1, 110), request(1, 210)],
  );
  expect(joined.map(({ id, dnsRxUs, requestRxUs }) => [id, dnsRxUs, requestRxUs])).toEqual([
    [1, 100, 110],
    [2, 150, 160],
    [1, 200, 210],
  ]);
});

test('a repeated lookup counts from the first; lookups and requests alone stay alone', () => {
  const joined = joinEvents([lookup(1, 100), lookup(1, 105), lookup(1, 300)], [request(1, 110), request(3, 50)]);
  expect(joined.map(({ id, dnsRxUs, requestRxUs }) => [id, dnsRxUs, requestRxUs])).toEqual([
    [3, null, 50],
    [1, 100, 110],
    [1, 300, null],
  ]);
});
