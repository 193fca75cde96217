import { z } from 'zod';

/** up: every rule holds. degraded: it answers rightly, but too slowly. down: it fails. unknown: nothing can be said. */
export const outcomeSchema = z.enum(['up', 'degraded', 'down', 'unknown']);
export type Outcome = z.infer<typeof outcomeSchema>;

/** Who is to blame for a result that is not up. */
export const faultSchema = z.enum(['target', 'network', 'resolver', 'probe']);
export type Fault = z.infer<typeof faultSchema>;

/**
 * The line a result belongs to within its target and vantage. `any`: one series for whatever address family was used;
 * `v4` and `v6`: a target that is measured over both families has one series for each.
 */
export const seriesSchema = z.enum(['any', 'v4', 'v6']);
export type Series = z.infer<typeof seriesSchema>;
