import { Problem } from '@cryptoutil/http';
import type { Request } from 'express';
import { z } from 'zod';
import { challengePattern } from '../authorization-server/login-request.schema.js';

/** Members that every form of the pages has; a field sent twice is an array and refused. */
export const formFields = {
  form_token: z.string().max(200).default(''),
  login_challenge: z.string().regex(challengePattern).optional(),
};

/** The fields of a urlencoded form post. Throws a 415 or 400 `Problem`; never repeats a value. */
export const formBody = <S extends z.ZodType>(request: Request, schema: S): z.output<S> => {
  // Only what a form can send: a JSON body would have passed other rules of the browser.
  if (!request.is('application/x-www-form-urlencoded')) {
    throw new Problem({ status: 415, code: 'unsupported_media_type', detail: 'A form post is expected.' });
  }
  const body = { ...(request.body as Record<string, unknown> | undefined) };
  const parsed = schema.safeParse(Object.values(body).some(hasNul) ? undefined : body);
  if (!parsed.success)
    throw new Problem({ status: 400, code: 'invalid_request', detail: 'The form is not well formed.' });
  return parsed.data;
};

/** No keyboard types it and no database column holds it. */
const hasNul = (value: unknown): boolean =>
  [value].flat().some((text) => typeof text === 'string' && text.includes('\0'));

const querySchema = z.object({ login_challenge: z.string().regex(challengePattern).optional() });

/** The challenge in the address of a page; `undefined` when there is none. Throws a 400 `Problem` for anything that cannot be one. */
export const challengeOf = (request: Request): string | undefined => {
  const parsed = querySchema.safeParse({ ...request.query });
  if (!parsed.success)
    throw new Problem({ status: 400, code: 'invalid_request', detail: 'login_challenge is not well formed.' });
  return parsed.data.login_challenge;
};
