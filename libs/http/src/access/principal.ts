import type { Request } from 'express';
import type { AccessTokenClaims } from '@cryptoutil/oauth';

/** What opened a route: a token or an identity, never both. */
export interface Principal {
  token?: AccessTokenClaims;
  identity?: string;
}

// Outside of the request object, so that nothing a client sends can end up in it.
const principals = new WeakMap<Request, Principal>();

export function setPrincipal(request: Request, principal: Principal): void {
  principals.set(request, principal);
}

/** Who was let in to this request; undefined on public routes. */
export function principalOf(request: Request): Principal | undefined {
  return principals.get(request);
}
