import { probeDns } from './dns.ts';
import { probeHttp } from './http.ts';
import { probeIcmp } from './icmp.ts';
import type { ProberTable } from './prober.ts';
import { probeTcp } from './tcp.ts';
import { probeTls } from './tls.ts';

/** All kinds of check. Adding a kind is a file and a line here. */
export const PROBERS: ProberTable = {
  http: probeHttp,
  tcp: probeTcp,
  tls: probeTls,
  dns: probeDns,
  icmp: probeIcmp,
};
