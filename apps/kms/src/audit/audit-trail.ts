import type { IncomingMessage } from 'node:http';
import { type BeforeApplicationShutdown, Inject, Injectable } from '@nestjs/common';
import { principalOf } from '@cryptoutil/http';
import { peerIdentity } from '@cryptoutil/pki';
import { type Logger, writeInfo } from '@cryptoutil/telemetry';
import type { NextFunction, Request, Response } from 'express';
import { noteOf } from '../access/audited-request.js';
import { type AuditNote, tokenCaller } from '../access/caller.js';
import { KMS_LOGGER, STRANGER_EVENTS } from '../environment.module.js';
import { type AuditEvent, auditEvent, chained } from './audit-event.js';
import { AuditQueue } from './audit-queue.js';
import { StrangerEvents } from './stranger-events.js';

/** Puts finished calls on record: in the log, and in the chain. Of callers whom nobody knows the chain has the first calls, and counts of the others. */
@Injectable()
export class AuditTrail implements BeforeApplicationShutdown {
  // Whatever level the log has: what is not on record did not happen as far as an auditor can tell.
  readonly #log: Logger;
  readonly #strangers: StrangerEvents;

  constructor(
    @Inject(KMS_LOGGER) private readonly logger: Logger,
    @Inject(AuditQueue) private readonly queue: Pick<AuditQueue, 'add' | 'flush'>,
    @Inject(STRANGER_EVENTS) strangerEvents: number,
  ) {
    this.#log = logger.child({}, { level: 'info' });
    this.#strangers = new StrangerEvents(strangerEvents, (counted) => {
      const json = JSON.stringify(counted);
      writeInfo(this.#log, `{"audit":${json}}`, 'audit');
      this.queue.add(chained(counted, json));
    });
  }

  /** `line`: the fields of the request's line, where it is not written by somebody else; then there is one line instead of two. */
  record(note: AuditNote, call: Parameters<typeof auditEvent>[1], line?: object): void {
    const event = auditEvent(note, call);
    if (
      isOfStranger(event, note) &&
      !this.#strangers.whole(event.who.slice(ADDRESS.length), call.status, note.operation)
    ) {
      if (line) writeInfo(this.logger, JSON.stringify(line), 'request');
      return;
    }
    const json = JSON.stringify(event);
    if (line) writeInfo(this.#log, `${JSON.stringify(line).slice(0, -1)},"audit":${json}}`, 'request');
    else writeInfo(this.#log, `{"audit":${json}}`, 'audit');
    // A change of state is in the chain already, unless something failed after its commit.
    if (!(note.chained && event.outcome === 'success')) this.queue.add(chained(event, json));
  }

  /** What is still counted gets into the chain, too. */
  async beforeApplicationShutdown(): Promise<void> {
    this.#strangers.end();
    await this.queue.flush();
  }
}

const ADDRESS = 'address:';

/** Of somebody who has shown neither a good token, nor a certificate, nor a genuine share. */
const isOfStranger = ({ who }: AuditEvent, { holdsShare }: AuditNote): boolean =>
  who.startsWith(ADDRESS) && holdsShare !== true;

/** Reading these changes nothing and needs no key. */
const notAudited = new Set(['/admin/v1/livez', '/admin/v1/readyz', '/admin/v1/seal-status']);
// Routes match without regard to case, and so does this.
const audited = /^\/(?:service|browser|admin)\//i;

/**
 * Records each finished call of the framework's routes. It runs before body parsers and guards, so that calls which were turned away before any
 * of our routes saw them are on record too.
 */
export function auditTrail(trail: AuditTrail) {
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
        const requestId = String(response.getHeader('x-request-id'));
        trail.record(note, { operation: `${request.method} ${path}`, peer, status: response.statusCode, requestId });
      });
    }
    next();
  };
}

/** Who is at the other end: the identity of its certificate, else its address. */
export function peerOf({ socket }: Pick<IncomingMessage, 'socket'>): string {
  return peerText({ peer: peerIdentity(socket), address: socket.remoteAddress });
}

/** The same of what was read from the socket before it was closed. */
export const peerText = ({ peer, address }: { peer: string | undefined; address: string | undefined }): string =>
  peer === undefined ? `${ADDRESS}${address ?? 'unknown'}` : `identity:${peer}`;
