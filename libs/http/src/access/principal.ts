import type { Request } from 'express';
import type { AccessTokenClaims } from '@cryptoutil/oauth';

/** What was presented to open a route: a token or an identity, never both. */
export interface Principal {
  token?: AccessTokenClaims;
  identity?: string;
}

// Outside of the request object, so that nothing a client sends can end up in it.
const principals = new WeakMap<Request, Principal>();

export function setPrincipal(request: Request, principal: Principal): void {
  principals.set(request, principal);
}

/** Who asks: in a handler, who was let in; in logs also whose token was good but not for this. Undefined on public routes. */
export function principalOf(request: Request): Principal | undefined {
  return principals.get(request);
}
