import { z } from 'zod';
import { lineStateSchema } from './quality.ts';

/**
 * `GET /api/v1/live`, server-sent events. `results`: lines that got a new result, at most twice a second.
 * `changed`: something of that noun was made, changed or removed; ask again for it.
 */
export const liveEventSchema = z.discriminatedUnion('event', [
  z.object({ event: z.literal('results'), lines: z.array(lineStateSchema.extend({ targetId: z.string() })) }),
  z.object({
    event: z.literal('changed'),
    noun: z.enum(['targets', 'vantages', 'agents', 'tests', 'users', 'hosts', 'host-groups', 'saved-searches']),
    id: z.string().nullable(),
  }),
]);
export type LiveEvent = z.infer<typeof liveEventSchema>;
