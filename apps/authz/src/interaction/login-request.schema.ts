import { z } from 'zod';

/** idp's report of a sign-in. */
export const acceptLoginSchema = z.strictObject({
  sub: z.string().min(1).max(255).describe('Subject identifier of the person'),
  idp_session: z.string().min(1).max(255).describe('Handle of the idp session, for sign-out'),
  amr: z.array(z.string().min(1).max(32)).min(1).max(8).describe('Authentication methods (RFC 8176)'),
  auth_time: z.int().positive().describe('When the person signed in, seconds since the epoch'),
});

/** What the person ticked. */
export const acceptConsentSchema = z.strictObject({
  sub: z.string().min(1).max(255),
  scopes: z.array(z.string().min(1).max(255)).max(64).describe('Scopes the person allows'),
});

export const rejectSchema = z.strictObject({
  error: z.enum(['access_denied', 'temporarily_unavailable']),
  error_description: z.string().max(200).optional(),
});

const consentSchema = z.object({
  scopes: z.array(
    z.object({
      name: z.string(),
      resource: z.string().optional(),
      required: z.boolean(),
      description: z.string(),
    }),
  ),
});

/** All that idp may know of an authorization request. */
export const loginRequestSchema = z.object({
  challenge: z.string(),
  client: z.object({
    client_id: z.string(),
    name: z.string(),
    logo_uri: z.string().optional(),
    policy_uri: z.string().optional(),
    tos_uri: z.string().optional(),
    first_party: z.boolean(),
  }),
  prompt: z.object({ name: z.enum(['login', 'consent']), reasons: z.array(z.string()) }),
  max_age: z.number().optional(),
  acr_values: z.string().optional(),
  login_hint: z.string().optional(),
  ui_locales: z.string().optional(),
  subject: z.string().optional(),
  consent: consentSchema.optional(),
});

export const acceptedLoginSchema = z.union([
  z.object({ next: z.literal('consent'), consent: consentSchema }),
  z.object({ next: z.literal('redirect'), redirect_to: z.string() }),
]);

export const redirectSchema = z.object({ redirect_to: z.string() });

export type AcceptLogin = z.infer<typeof acceptLoginSchema>;
export type AcceptConsent = z.infer<typeof acceptConsentSchema>;
export type Reject = z.infer<typeof rejectSchema>;
export type LoginRequestView = z.infer<typeof loginRequestSchema>;
export type ConsentView = z.infer<typeof consentSchema>;
export type AcceptedLogin = z.infer<typeof acceptedLoginSchema>;
