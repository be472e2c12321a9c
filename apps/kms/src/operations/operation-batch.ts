import { z } from 'zod';
import type { OperationRoute } from './operation.js';

/** Most items of a batch. */
export const BATCH_LIMIT = 1000;

const reference = z.string().max(256).optional().describe('Given back with the result.');

/** The body of `…:batch`. Members of an item are judged one by one: a wrong item has its own error and the others are done. */
export const batchBody = (route: OperationRoute) =>
  z.strictObject({
    items: z.array(z.looseObject({ reference })).min(1).max(BATCH_LIMIT),
    ...Object.fromEntries(route.shared.map((member) => [member, (route.body.shape[member] as z.ZodType).optional()])),
  });

export const batchAnswer = z.object({
  items: z.array(
    z.union([z.looseObject({ reference }), z.object({ reference, error: z.object({ code: z.string() }) })]),
  ),
});
