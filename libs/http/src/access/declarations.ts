import { SetMetadata, createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Request } from 'express';
import type { AccessTokenClaims } from '@cryptoutil/oauth';
import { principalOf } from './principal.js';

/** Who may call a route. */
export type Access =
  | { kind: 'public' }
  | { kind: 'identity'; identities: readonly string[] }
  | { kind: 'token' }
  | { kind: 'scope'; scopes: readonly string[] }
  | { kind: 'scope-or-identity'; scopes: readonly string[]; identities: readonly string[] };

export const ACCESS = 'cryptoutil:access';

/** Anyone may call it. On a method or a class, like all of these; the method's declaration wins. A route without one is refused. */
export const Public = () => SetMetadata(ACCESS, { kind: 'public' } satisfies Access);

/** Only internal callers whose client certificate carries one of these identities (`spiffe://cryptoutil/<name>`). */
export const RequireIdentity = (...identities: [string, ...string[]]) =>
  SetMetadata(ACCESS, { kind: 'identity', identities } satisfies Access);

/** With any valid access token, whatever its scope. */
export const RequireAccessToken = () => SetMetadata(ACCESS, { kind: 'token' } satisfies Access);

/** Only with an access token that holds one of these scopes. */
export const RequireScope = (...scopes: [string, ...string[]]) =>
  SetMetadata(ACCESS, { kind: 'scope', scopes } satisfies Access);

/** With an access token that holds one of the scopes; without any token, an internal caller with one of the identities. */
export const RequireScopeOrIdentity = (allowed: { scope: string | readonly string[]; identities: readonly string[] }) =>
  SetMetadata(ACCESS, {
    kind: 'scope-or-identity',
    scopes: typeof allowed.scope === 'string' ? [allowed.scope] : allowed.scope,
    identities: allowed.identities,
  } satisfies Access);

/** The claims of the access token that opened the route; undefined when something else did. */
export const CurrentAccessToken = createParamDecorator(
  (_data: unknown, context: ExecutionContext): AccessTokenClaims | undefined =>
    principalOf(context.switchToHttp().getRequest<Request>())?.token,
);

/** The internal identity that opened the route; undefined when something else did, even if the caller has a certificate. */
export const CurrentIdentity = createParamDecorator(
  (_data: unknown, context: ExecutionContext): string | undefined =>
    principalOf(context.switchToHttp().getRequest<Request>())?.identity,
);
