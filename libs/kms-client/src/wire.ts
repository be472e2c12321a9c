import { z } from 'zod';

/** Answers of the kms as they are on the wire; members that are not named are ignored. */
export const keyAnswer = z.object({
  id: z.string(),
  name: z.string(),
  algorithm: z.string(),
  status: z.string(),
  current_version: z.number(),
  current_kid: z.string(),
  created_at: z.string(),
});

export const keyListAnswer = z.object({
  items: z.array(keyAnswer),
  total: z.number(),
  next_cursor: z.string().nullable(),
});

export const jwksAnswer = z.object({ keys: z.array(z.looseObject({ kid: z.string(), kty: z.string() })) });

export const encryptAnswer = z.object({ jwe: z.string() });

export const decryptAnswer = z.object({ plaintext: z.string() });

export const signBatchAnswer = z.object({
  items: z.array(
    z.union([
      z.object({ signature: z.string(), kid: z.string() }),
      z.object({ error: z.object({ code: z.string() }) }),
    ]),
  ),
});

export const problem = z.object({ code: z.string() });

export const readyAnswer = z.object({ status: z.string() });
