import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor, SetMetadata } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Observable } from 'rxjs';
import { KmsError } from '../errors/kms-error.js';
import { UnsealBarrier } from '../unseal/unseal-barrier.js';

const SERVED_WHILE_SEALED = 'kms:served-while-sealed';

/** The route answers while the kms is sealed too. Every other route that asks for `RequireUnsealed` answers 503 `sealed`. */
export const ServedWhileSealed = () => SetMetadata(SERVED_WHILE_SEALED, true);

/** Refuses calls while sealed, before anything of the request is looked at. */
@Injectable()
export class RequireUnsealed implements NestInterceptor {
  constructor(
    private readonly reflector: Reflector,
    private readonly unseal: UnsealBarrier,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const exempt = this.reflector.getAllAndOverride<boolean | undefined>(SERVED_WHILE_SEALED, [
      context.getHandler(),
      context.getClass(),
    ]);
    if (!exempt) requireReady(this.unseal);
    return next.handle();
  }
}

/** Errors: `sealed`. */
export function requireReady(unseal: UnsealBarrier): void {
  if (!unseal.ready) throw new KmsError('sealed');
}
