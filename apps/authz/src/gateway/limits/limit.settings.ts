import { filePath, integer, secretFile, setting } from '@cryptoutil/config';
import { z } from 'zod';

/** What the rate limits of the Auth Service v1.0 listener read from the environment. */
export const limitSettings = () => ({
  globalRps: rate(
    'CRYPTOUTIL_AUTH_SERVICE_GLOBAL_RPS',
    100_000,
    'Requests a second of all clients; of each authz process, or of all together when their counts are in Redis',
  ),
  globalBurst: rate('CRYPTOUTIL_AUTH_SERVICE_GLOBAL_BURST', 10_000, 'How many of them may come at once'),
  clientRps: rate(
    'CRYPTOUTIL_AUTH_SERVICE_CLIENT_RPS',
    100_000,
    'Requests a second of one client; at each authz process, or at all together when their counts are in Redis',
  ),
  clientBurst: rate('CRYPTOUTIL_AUTH_SERVICE_CLIENT_BURST', 10_000, 'How many of them may come at once'),
  redisUrl: setting({
    variable: 'CRYPTOUTIL_AUTH_SERVICE_REDIS_URL',
    schema: z
      .string()
      .refine(isRedisUrl, 'redis:// or rediss:// (TLS) with host, and without user and password')
      .optional(),
    description:
      'Redis or Valkey that holds the counts of the rate limits for all processes, such as rediss://redis.internal:6379; in memory when absent',
  }),
  redisUser: setting({
    variable: 'CRYPTOUTIL_AUTH_SERVICE_REDIS_USER',
    schema: z.string().min(1).optional(),
    description: 'User at Redis',
  }),
  redisPassword: secretFile({
    variable: 'CRYPTOUTIL_AUTH_SERVICE_REDIS_PASSWORD_FILE',
    optional: true,
    description: 'File that holds the password at Redis',
  }),
  redisTlsCaFile: setting({
    variable: 'CRYPTOUTIL_AUTH_SERVICE_REDIS_TLS_CA_FILE',
    schema: filePath.optional(),
    description: 'Certificate authority of Redis (PEM) for rediss://; the public ones when absent',
  }),
});

const rate = (variable: string, fallback: number, description: string) =>
  setting({ variable, schema: integer({ min: 1, max: 10_000_000 }), default: fallback, description });

function isRedisUrl(text: string): boolean {
  const url = URL.parse(text);
  return !!url && /^rediss?:$/.test(url.protocol) && url.hostname !== '' && !url.username && !url.password;
}
