import type { Dispatcher } from 'undici';
import { z } from 'zod';
import { AuthorizationServerUnavailable } from './errors.js';
import { requestJson } from './json-endpoint.js';

const httpsUrl = z
  .string()
  .refine((text) => URL.canParse(text) && new URL(text).protocol === 'https:', 'must be an https URL');
const metadataSchema = z.object({
  issuer: z.string(),
  jwks_uri: httpsUrl,
  introspection_endpoint: httpsUrl.optional(),
  mtls_endpoint_aliases: z.object({ introspection_endpoint: httpsUrl.optional() }).optional(),
});

export interface AuthorizationServerMetadata {
  jwksUri: string;
  /** The mutual-TLS alias when there is one (RFC 8705 §5). */
  introspectionEndpoint?: string;
}

/** Where the metadata of an issuer is: the OpenID document (issuer + suffix), then the RFC 8414 §3.1 one (suffix before the path). */
export function metadataUrls(issuer: string): string[] {
  const { origin, pathname } = new URL(issuer);
  const path = pathname.replace(/\/$/, '');
  return [
    `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`,
    `${origin}/.well-known/oauth-authorization-server${path}`,
  ];
}

/**
 * Reads the metadata of an issuer from the first of its well-known documents that exists.
 *
 * @throws AuthorizationServerUnavailable also when the document names another issuer (RFC 8414 §3.3) or lacks what is needed
 */
export async function discoverAuthorizationServer(
  issuer: string,
  dispatcher: Dispatcher,
): Promise<AuthorizationServerMetadata> {
  for (const url of metadataUrls(issuer)) {
    const { status, body } = await requestJson(url, { dispatcher, timeoutMs: 2_000, maximumBytes: 65_536 });
    if (status === 404) continue;
    const metadata = metadataSchema.safeParse(body);
    if (status !== 200 || !metadata.success)
      throw new AuthorizationServerUnavailable(`${url} holds no usable metadata (status ${status})`);
    if (metadata.data.issuer !== issuer) throw new AuthorizationServerUnavailable(`${url} names another issuer`);
    const { jwks_uri, introspection_endpoint, mtls_endpoint_aliases } = metadata.data;
    return {
      jwksUri: jwks_uri,
      introspectionEndpoint: mtls_endpoint_aliases?.introspection_endpoint ?? introspection_endpoint,
    };
  }
  throw new AuthorizationServerUnavailable(`${issuer} publishes no metadata`);
}
