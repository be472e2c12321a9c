import { z } from 'zod';

const count = z.int().min(0);

export const adminMetrics = z
  .object({
    service: z.literal('rs'),
    uptime_seconds: z.number(),
    requests: z.object({
      total: count,
      by_route: z.array(z.object({ method: z.string(), route: z.string(), status: z.int(), count })),
    }),
    memory: z.object({ rss_bytes: count, heap_used_bytes: count }),
    database_pool: z.object({ maximum: count, open: count, idle: count, waiting: count }),
  })
  .meta({ title: 'Metrics', description: 'Of this process, since its start' });
export type AdminMetrics = z.infer<typeof adminMetrics>;
