import type { KoaContextWithOIDC } from 'oidc-provider';
import { routes } from './routes.js';

interface ErrorBody {
  error?: string;
  error_description?: string;
}

/** The endpoints at which clients show who they are. */
const forClients = new Set([routes.token, routes.introspection, routes.revocation]);

/** Errors that the library calls `invalid_request` by their descriptions, and what RFC 6749 §5.2 and RFC 7521 §4.2.1 call them. */
const named: ReadonlyMap<string, 'unauthorized_client' | 'invalid_client'> = new Map([
  ['requested grant type is not allowed for this client', 'unauthorized_client'],
  ['no client authentication mechanism provided', 'invalid_client'],
  ['invalid client_assertion format', 'invalid_client'],
]);

/** Gives errors that clients get the codes of the RFCs. A client that is not known is asked to authenticate (RFC 9110 §15.5.2). */
export function correctError(ctx: KoaContextWithOIDC): void {
  const body = ctx.body as ErrorBody | undefined;
  const name = forClients.has(ctx.path) ? named.get(body?.error_description ?? '') : undefined;
  if (!body || name === undefined) return;
  body.error = name;
  if (name !== 'invalid_client') return;
  ctx.status = 401;
  ctx.set('WWW-Authenticate', `Basic realm="${ctx.oidc.provider.issuer}", error="${name}"`);
}

/**
 * Refuses a client that asked for scopes by its own credentials and would get a token with none of them: an answer without `scope`
 * would say that it has them all (RFC 6749 §5.1). True when it was refused; then nothing may stay of the token.
 */
export function refusedForScope(ctx: KoaContextWithOIDC): boolean {
  const token = ctx.oidc?.entities.ClientCredentials;
  if (ctx.path !== routes.token || ctx.status !== 200 || !token || token.scope) return false;
  // As it came: the library forgets the scopes that it does not know.
  const scope = ctx.oidc.body?.['scope'];
  if (typeof scope !== 'string' || scope === '') return false;
  ctx.status = 400;
  ctx.body = { error: 'invalid_scope', error_description: 'none of the requested scopes is allowed', scope };
  return true;
}
