import { peerIdentity } from '@cryptoutil/pki';
import type { Logger } from '@cryptoutil/telemetry';
import type { NextFunction, Request, Response } from 'express';
import { principalOf } from '@cryptoutil/http';
import { noteOf } from '../access/audited-request.js';
import { tokenCaller } from '../access/caller.js';
import { type ChainedEvent, auditEvent, chained } from './audit-event.js';

/** Reading these changes nothing and needs no key. */
const notAudited = new Set(['/admin/v1/livez', '/admin/v1/readyz', '/admin/v1/seal-status']);
// Routes match without regard to case, and so does this.
const audited = /^\/(?:service|browser|admin)\//i;

/**
 * Writes one audit event for each finished call. It runs before body parsers and guards, so that calls which were turned away before any
 * of our routes saw them are on record too.
 */
export function auditTrail(logger: Logger, chain: { add(event: ChainedEvent): void }) {
  // Whatever level the log has: what is not on record did not happen as far as an auditor can tell.
  const trail = logger.child({}, { level: 'info' });
  return (request: Request, response: Response, next: NextFunction): void => {
    const path = request.path;
    if (audited.test(path) && !notAudited.has(path)) {
      // Read now: the socket forgets both when it is closed.
      const peer = peerOf(request);
      response.once('close', () => {
        const note = noteOf(request);
        const token = principalOf(request)?.token;
        // Turned away before its route: the token was good, so it is known who and in which tenant.
        if (note.who === undefined && token) tokenCaller(token, note);
        const event = auditEvent(note, {
          operation: `${request.method} ${path}`,
          peer,
          status: response.statusCode,
          requestId: String(response.getHeader('x-request-id')),
        });
        trail.info({ audit: event }, 'audit');
        // A change of state is in the chain already, unless something failed after its commit.
        if (!(note.chained && event.outcome === 'success')) chain.add(chained(event));
      });
    }
    next();
  };
}

/** Who is at the other end: the identity of its certificate, else its address. */
export function peerOf(request: Request): string {
  const identity = peerIdentity(request.socket);
  return identity === undefined ? `address:${request.socket.remoteAddress ?? 'unknown'}` : `identity:${identity}`;
}
