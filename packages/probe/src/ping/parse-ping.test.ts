import { describe, expect, it } from 'vitest';
import { parsePing } from './parse-ping.ts';

const ANSWERED = `PING 127.0.0.1 (127.0.0.1) 56(84) bytes of data.
64 bytes from 127.0.0.1: icmp_seq=1 ttl=64 time=0.058 ms
64 bytes from 127.0.0.1: icmp_seq=2 ttl=64 time=0.042 ms
64 bytes from 127.0.0.1: icmp_seq=2 ttl=64 time=9.000 ms (DUP!)

--- 127.0.0.1 ping statistics ---
3 packets transmitted, 2 received, +1 duplicates, 33.3333% packet loss, time 406ms
rtt min/avg/max/mdev = 0.042/0.050/0.058/0.008 ms
`;
const UNREACHABLE = `PING 203.0.113.9 (203.0.113.9) 56(84) bytes of data.
From 192.0.2.1 icmp_seq=1 Destination Host Unreachable

--- 203.0.113.9 ping statistics ---
1 packets transmitted, 0 received, +1 errors, 100% packet loss, time 0ms
`;
const SILENT = `PING 2001:db8::1(2001:db8::1) 56 data bytes

--- 2001:db8::1 ping statistics ---
3 packets transmitted, 0 received, 100% packet loss, time 2031ms
`;
const BUSYBOX = `PING 127.0.0.1 (127.0.0.1): 56 data bytes
64 bytes from 127.0.0.1: seq=0 ttl=63 time=0.100 ms

--- 127.0.0.1 ping statistics ---
1 packets transmitted, 1 packets received, 0% packet loss
round-trip min/avg/max = 0.100/0.100/0.100 ms
`;

describe('parsePing', () => {
  it('counts each sequence once', () => {
    expect(parsePing(ANSWERED)).toEqual({ sent: 3, received: 2, minUs: 42, meanUs: 50, maxUs: 58, ttl: 64, unreachable: null });
  });
  it('knows what a router said', () => {
    expect(parsePing(UNREACHABLE)).toMatchObject({ sent: 1, received: 0, meanUs: null, unreachable: 'host' });
    expect(parsePing('ping: connect: Network is unreachable\n')).toMatchObject({ sent: 0, unreachable: 'network' });
  });
  it('reads silence, busybox, and refuses something else', () => {
    expect(parsePing(SILENT)).toMatchObject({ sent: 3, received: 0, unreachable: null });
    expect(parsePing(BUSYBOX)).toMatchObject({ sent: 1, received: 1, meanUs: 100, ttl: 63 });
    expect(parsePing('usage: ping')).toBeNull();
  });
});
