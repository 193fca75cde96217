import { z } from 'zod';

/** Body of every answer that is not a success. */
export const errorBodySchema = z.object({
  code: z.string(),
  message: z.string(),
  issues: z.array(z.object({ field: z.string(), value: z.string(), rule: z.string() })),
  requestId: z.string(),
});
export type ErrorBody = z.infer<typeof errorBodySchema>;
