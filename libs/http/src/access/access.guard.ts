import { Inject, Injectable, Optional, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Request } from 'express';
import { peerIdentity } from '@cryptoutil/pki';
import { ACCESS, type Access } from './declarations.js';
import { setPrincipal } from './principal.js';
import { clientCertificateRequired, identityNotAllowed, insufficientScope, presentedToken } from './refusals.js';
import { TOKEN_VERIFIER, type TokenVerifier } from './token-verifier.js';
import { Problem } from '../problem/problem.js';

/** Lets a request through only if its route says who may call it and the caller is one of those. Everything else is refused. */
@Injectable()
export class AccessGuard implements CanActivate {
  constructor(
    @Inject(Reflector) private readonly reflector: Reflector,
    @Optional() @Inject(TOKEN_VERIFIER) private readonly verifier?: TokenVerifier,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const access = this.reflector.getAllAndOverride<Access | undefined>(ACCESS, [
      context.getHandler(),
      context.getClass(),
    ]);
    const request = context.switchToHttp().getRequest<Request>();
    switch (access?.kind) {
      case 'public':
        return true;
      case 'identity':
        return this.byIdentity(request, access.identities);
      case 'token':
        return this.byToken(request);
      case 'scope':
        return this.byToken(request, access.scopes);
      case 'scope-or-identity':
        // A token decides as soon as one is presented: a service acting for a user must not act with its own rights.
        return request.headers.authorization === undefined && peerIdentity(request.socket) !== undefined
          ? this.byIdentity(request, access.identities)
          : this.byToken(request, access.scopes);
      case undefined:
        throw new Problem({ status: 403, code: 'forbidden', detail: 'Nobody may call this.' });
    }
  }

  private byIdentity(request: Request, identities: readonly string[]): boolean {
    const identity = peerIdentity(request.socket);
    if (identity === undefined) throw clientCertificateRequired();
    if (!identities.includes(identity)) throw identityNotAllowed();
    setPrincipal(request, { identity });
    return true;
  }

  private async byToken(request: Request, scopes?: readonly string[]): Promise<boolean> {
    const presented = presentedToken(request, scopes ?? []);
    if (!this.verifier) throw new Error('A route requires a scope, but AccessModule was given no verifier.');
    const token = await this.verifier.verify(presented);
    // Known before it is let in: who was turned away is told by the log and by audit trails.
    setPrincipal(request, { token });
    if (scopes && !scopes.some((scope) => token.scope.has(scope))) throw insufficientScope(scopes);
    return true;
  }
}
