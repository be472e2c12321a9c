import { Inject, Injectable, Optional, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Request } from 'express';
import { admit } from './admit.js';
import { ACCESS, type Access } from './declarations.js';
import { FailedAuthentications } from './failed-authentications.js';
import { setPrincipal } from './principal.js';
import { TOKEN_VERIFIER, type TokenVerifier } from './token-verifier.js';

/** Lets a request through only if its route says who may call it and the caller is one of those. Everything else is refused. */
@Injectable()
export class AccessGuard implements CanActivate {
  constructor(
    @Inject(Reflector) private readonly reflector: Reflector,
    @Inject(FailedAuthentications) readonly failures: FailedAuthentications,
    @Optional() @Inject(TOKEN_VERIFIER) readonly verifier?: TokenVerifier,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const access = this.reflector.getAllAndOverride<Access | undefined>(ACCESS, [
      context.getHandler(),
      context.getClass(),
    ]);
    const request = context.switchToHttp().getRequest<Request>();
    try {
      await admit(access, request, this.verifier, this.failures, (principal) => setPrincipal(request, principal));
    } catch (error) {
      throw this.failures.answerTo(error, request);
    }
    return true;
  }
}
