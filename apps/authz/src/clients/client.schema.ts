import { isTenant } from '@cryptoutil/oauth';
import { z } from 'zod';

/** `https`, or `http` on a loopback address (RFC 8252 §7.3); no other scheme ever reaches a redirect (threat 2). */
const redirectUri = z
  .string()
  .max(2048)
  .refine(isRedirectUri, 'must be an https URI, or an http URI on a loopback address, without fragment and user info');

function isRedirectUri(value: string): boolean {
  const url = URL.parse(value);
  if (!url || url.hash !== '' || url.username !== '' || url.password !== '') return false;
  if (url.protocol === 'https:') return true;
  return url.protocol === 'http:' && ['127.0.0.1', '[::1]', 'localhost'].includes(url.hostname);
}

const webUri = z.url({ protocol: /^https$/ }).max(2048);
const scope = z
  .string()
  .regex(/^[\x21\x23-\x5b\x5d-\x7e]+( [\x21\x23-\x5b\x5d-\x7e]+)*$/, 'must be scope names, separated by single spaces');

const member = z.base64url().min(1).max(2048);
const described = {
  kid: z.string().max(255).optional(),
  use: z.literal('sig').optional(),
  alg: z.string().max(32).optional(),
};

/** Public keys only: a member that would be private is an unknown one and refused (RFC 7517, RFC 7518 §6). */
const publicJwk = z.discriminatedUnion('kty', [
  z.strictObject({
    kty: z.literal('EC'),
    crv: z.enum(['P-256', 'P-384', 'P-521']),
    x: member,
    y: member,
    ...described,
  }),
  z.strictObject({ kty: z.literal('RSA'), n: member, e: member, ...described }),
  z.strictObject({ kty: z.literal('OKP'), crv: z.literal('Ed25519'), x: member, ...described }),
]);

/** How clients may show who they are: what can be registered is what the metadata advertises. */
export const clientAuthMethods = [
  'none',
  'client_secret_basic',
  'client_secret_post',
  'private_key_jwt',
  'tls_client_auth',
] as const;
const grantTypes = ['authorization_code', 'refresh_token', 'client_credentials'] as const;

/** Client metadata as RFC 7591 names it; `first_party`, `resource_indicator` and `tenant` are the suite's own. */
export const clientSchema = z
  .strictObject({
    client_name: z.string().min(1).max(120).optional(),
    client_secret: z.string().min(16).max(512).optional().describe('Stored as a keyed hash, never shown again'),
    redirect_uris: z.array(redirectUri).max(32).default([]),
    post_logout_redirect_uris: z.array(redirectUri).max(32).default([]),
    grant_types: z.array(z.enum(grantTypes)).min(1).default(['authorization_code']),
    token_endpoint_auth_method: z.enum(clientAuthMethods).default('client_secret_basic'),
    tls_client_auth_san_uri: z.string().startsWith('spiffe://cryptoutil/').optional(),
    jwks: z.strictObject({ keys: z.array(publicJwk).min(1).max(16) }).optional(),
    scope: scope.optional().describe('Scopes the client may ask for'),
    application_type: z.enum(['web', 'native']).optional(),
    client_uri: webUri.optional(),
    logo_uri: webUri.optional(),
    policy_uri: webUri.optional(),
    tos_uri: webUri.optional(),
    first_party: z.boolean().optional().describe('An application of the operator: people are not asked for consent'),
    resource_indicator: z
      .string()
      .min(1)
      .max(2048)
      .optional()
      .describe('A resource server, which may introspect its tokens'),
    tenant: z
      .string()
      .refine(
        isTenant,
        'must be 1 to 63 lower-case letters, digits and dashes, no dash at its ends, and not a service of the suite',
      )
      .optional()
      .describe('Whose data its access tokens are about, as their claim `tenant`; `default` when absent'),
  })
  .superRefine((client, context) => {
    const method = client.token_endpoint_auth_method;
    const fail = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message });
    const isPublic = method === 'none';
    if (client.grant_types.includes('authorization_code') && client.redirect_uris.length === 0)
      fail('redirect_uris', 'must name at least one redirect URI for the authorization code grant');
    if (isPublic && client.grant_types.includes('client_credentials'))
      fail('grant_types', 'a public client cannot use client_credentials (RFC 6749 §4.4)');
    if (isPublic && client.resource_indicator !== undefined)
      fail('resource_indicator', 'a resource server authenticates itself (RFC 7662 §2.1)');
    if (method === 'tls_client_auth' && client.tls_client_auth_san_uri === undefined)
      fail('tls_client_auth_san_uri', 'is needed for tls_client_auth (RFC 8705 §2.1.2)');
    if (method === 'private_key_jwt' && client.jwks === undefined) fail('jwks', 'is needed for private_key_jwt');
    if (!method.startsWith('client_secret_') && client.client_secret !== undefined)
      fail('client_secret', `is not used with ${method}`);
  });

export const clientIdSchema = z
  .string()
  .regex(/^[A-Za-z0-9._~-]{1,120}$/, 'must be 1 to 120 letters, digits or . _ ~ -');

export const clientListQuerySchema = z.strictObject({
  after: z.string().max(120).default(''),
  limit: z.coerce.number().int().min(1).max(100).default(50),
});

export type ClientRegistration = z.infer<typeof clientSchema>;
/** As stored: `client_secret` is a keyed hash. */
export type ClientMetadata = ClientRegistration & { client_id: string; response_types: 'code'[] | [] };
