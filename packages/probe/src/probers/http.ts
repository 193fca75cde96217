import { BLANK_OBSERVATION, type Prober } from './prober.ts';

/** Measures an HTTP or HTTPS exchange, redirects included. */
export const probeHttp: Prober<'http'> = async () => BLANK_OBSERVATION;
