import { z } from 'zod';
import { formFields } from '../forms/form-body.js';
import { MAX_IDENTIFIER_LENGTH } from '../users/identifier.js';

/** The posted sign-in form. Lengths are bounded before anything is computed from them. */
export const signInFormSchema = z.object({
  ...formFields,
  username: z.string().max(MAX_IDENTIFIER_LENGTH).default(''),
  password: z.string().max(4096).default(''),
});

export type SignInForm = z.output<typeof signInFormSchema>;
