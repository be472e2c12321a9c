import { z } from 'zod';
import type { AccessTokenClaims } from '@cryptoutil/oauth';

/** The claims under their registered names (RFC 7519 §4.1, RFC 9068 §2.2); `scope` as one text (RFC 6749 §3.3). */
export const meBody = z
  .object({
    sub: z.string(),
    client_id: z.string(),
    scope: z.string(),
    iss: z.string(),
    aud: z.array(z.string()),
    exp: z.number(),
    iat: z.number().optional(),
    jti: z.string().optional(),
    acr: z.string().optional(),
    amr: z.array(z.string()).optional(),
    auth_time: z.number().optional(),
    source: z.enum(['jwt', 'introspection']).meta({ description: 'How the token was verified' }),
  })
  .meta({ title: 'TokenClaims' });
export type MeBody = z.infer<typeof meBody>;

export const meOf = ({ scope, ...claims }: AccessTokenClaims): MeBody => ({ ...claims, scope: [...scope].join(' ') });
