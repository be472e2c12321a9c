import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { Problem } from '@cryptoutil/http';
import type { Request } from 'express';
import { type Observable, catchError, throwError } from 'rxjs';
import { noteOf } from '../access/audited-request.js';
import type { AuditNote } from '../access/caller.js';
import { KmsError } from './kms-error.js';

/** The edge between what the kms refuses and how HTTP says it: `KmsError` becomes a problem document (RFC 9457). */
@Injectable()
export class KmsErrorInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const note = noteOf(context.switchToHttp().getRequest<Request>());
    return next.handle().pipe(catchError((error: unknown) => throwError(() => refusedBy(error, note))));
  }
}

/** What HTTP says of an error: a refusal of the kms is noted and becomes a problem document, others stay what they are. */
export function refusedBy(error: unknown, note: AuditNote): unknown {
  if (!(error instanceof KmsError)) return error;
  note.refusal = error.code;
  return problemOf(error);
}

/** For guards, which run before the interceptor. */
export function refusing(note: AuditNote, rule: () => void): void {
  try {
    rule();
  } catch (error) {
    throw refusedBy(error, note);
  }
}

/** The problem document of a refusal. What an `integrity` error found is for the log; the caller learns only that it happened. */
export function problemOf(error: KmsError): Problem {
  const { detail: _told, ...extensions } = error.code === 'integrity' ? {} : error.fields;
  return new Problem({
    status: error.status,
    code: error.code,
    detail: error.detail,
    extensions,
    headers: error.retryAfterSeconds === undefined ? {} : { 'Retry-After': String(error.retryAfterSeconds) },
    cause: error,
  });
}
