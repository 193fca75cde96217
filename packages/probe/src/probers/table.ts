import { probeHttp } from './http.ts';
import type { ProberTable } from './prober.ts';

/** All kinds of check. Adding a kind is a file and a line here. */
export const PROBERS: Partial<ProberTable> = {
  http: probeHttp,
};
