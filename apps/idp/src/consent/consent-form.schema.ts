import { z } from 'zod';
import { challengePattern } from '../authorization-server/login-request.schema.js';
import { formFields } from '../forms/form-body.js';

/** The posted consent form; a single ticked box arrives as text, several as a list. */
export const consentFormSchema = z.object({
  ...formFields,
  login_challenge: z.string().regex(challengePattern),
  decision: z.enum(['allow', 'deny']),
  scope: z
    .union([z.string().max(255), z.array(z.string().max(255)).max(100)])
    .default([])
    .transform((ticked) => [ticked].flat()),
});
