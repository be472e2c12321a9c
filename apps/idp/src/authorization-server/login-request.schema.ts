import { z } from 'zod';

/** The wire of the hand-over between authz and idp, as authz sends it. Unknown members are dropped. */
const webAddress = z
  .string()
  .max(2048)
  .refine((text) => /^https?:\/\//i.test(text) && URL.canParse(text))
  .optional()
  .catch(undefined);

const consentSchema = z.object({
  scopes: z.array(
    z.object({
      name: z.string().min(1),
      resource: z.string().optional(),
      required: z.boolean(),
      description: z.string(),
    }),
  ),
});

export const loginRequestSchema = z.object({
  challenge: z.string(),
  client: z.object({
    client_id: z.string(),
    name: z.string().optional(),
    policy_uri: webAddress,
    tos_uri: webAddress,
    first_party: z.boolean().default(false),
  }),
  prompt: z.object({ name: z.string(), reasons: z.array(z.string()).default([]) }),
  max_age: z.number().nonnegative().nullish(),
  login_hint: z.string().nullish(),
  subject: z.string().nullish(),
  consent: consentSchema.nullish(),
});

export const acceptLoginAnswerSchema = z.discriminatedUnion('next', [
  z.object({ next: z.literal('consent') }),
  z.object({ next: z.literal('redirect'), redirect_to: z.string() }),
]);

export const redirectAnswerSchema = z.object({ redirect_to: z.string() });

/** What a browser may hand in as a challenge; anything else is not asked about. */
export const challengePattern = /^[\w-]{16,256}$/;

export type LoginRequest = z.output<typeof loginRequestSchema>;
export type RequestedScope = z.output<typeof consentSchema>['scopes'][number];
