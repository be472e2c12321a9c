import { type ExecutionContext, createParamDecorator } from '@nestjs/common';
import { type Principal, principalOf } from '@cryptoutil/http';
import type { Request } from 'express';
import { KmsError } from '../errors/kms-error.js';
import { readableKeys } from '../internal-identities/internal-identities.js';
import { type AuditNote, type Caller, identityCaller, operatorCaller, tokenCaller } from './caller.js';

// Outside of the request object, so that nothing a client sends can end up in it.
const notes = new WeakMap<Request, AuditNote>();

/** What the audit trail will say of the request. */
export function noteOf(request: Request): AuditNote {
  const note = notes.get(request) ?? {};
  notes.set(request, note);
  return note;
}

/** Who was let in to the route. */
export const CurrentCaller = createParamDecorator((_data: unknown, context: ExecutionContext): Caller => {
  const request = context.switchToHttp().getRequest<Request>();
  return callerOf(principalOf(request), noteOf(request));
});

/** The caller that somebody who was let in is. */
export function callerOf(principal: Principal | undefined, note: AuditNote): Caller {
  if (principal?.token) return tokenCaller(principal.token, note);
  if (principal?.identity === 'ops') return operatorCaller(note);
  if (principal?.identity !== undefined)
    return identityCaller(principal.identity, readableKeys(principal.identity), note);
  throw new KmsError('operation_not_allowed');
}
