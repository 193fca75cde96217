import { expect, test } from 'vitest';
import { waterfallBars } from './waterfall-bars.ts';

const hop = { url: 'http://a/', status: 200, remoteIp: null, httpVersion: '1.1', tlsVersion: null };
const none = { dnsUs: null, connectUs: null, tlsUs: null, requestUs: null, waitUs: null, receiveUs: null };

test('bars follow each other over all hops and fill the whole', () => {
  const bars = waterfallBars({
    totalUs: 100,
    hops: [
      { ...hop, phases: { ...none, dnsUs: 10, connectUs: 20 } },
      { ...hop, phases: { ...none, waitUs: 30, receiveUs: 40 } },
    ],
  }).flatMap((each) => each.bars);
  let at = 0;
  for (const bar of bars) {
    expect(bar.left).toBeCloseTo(at, 9);
    at += bar.width;
  }
  expect(at).toBeCloseTo(1, 9);
});

test('a phase that was not reached has no bar', () => {
  expect(
    waterfallBars({ totalUs: 5, hops: [{ ...hop, phases: { ...none, dnsUs: 5 } }] })[0]?.bars.map((bar) => bar.phase),
  ).toEqual(['dnsUs']);
});
