import { createRequire } from 'node:module';
import type * as JsonP3 from 'json-p3';
import type * as Re2 from 're2js';

/** Loaded when the first rule needs them: most probes have no such rule, and each takes some megabytes of every thread. */
const load = createRequire(import.meta.url);

/** Regular expressions that take linear time. */
export const re2 = (): typeof Re2 => load('re2js') as typeof Re2;

/** JSON paths (RFC 9535). */
export const jsonPaths = (): typeof JsonP3 => load('json-p3') as typeof JsonP3;
