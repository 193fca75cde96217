import { measureStream } from '../stream/open-stream.ts';
import type { Prober } from './prober.ts';

/** Measures a TCP connect: name lookup and handshake. The connection is closed at once, nothing is sent. */
export const probeTcp: Prober<'tcp'> = (check, context) => measureStream(check, context, async () => undefined);
