import type { AuditNote } from '../access/caller.js';

/** What became of a call. */
export type AuditOutcome = 'success' | 'denied' | 'failed';

/** One line of the audit trail. It never holds plaintext, shares or material. */
export interface AuditEvent {
  who: string;
  tenant?: string;
  operation: string;
  key_id?: string;
  version?: number;
  items?: number;
  refused_items?: number;
  outcome: AuditOutcome;
  status: number;
  refusal?: string;
  request_id: string;
}

/**
 * Denied: who calls may not do this, or the state of the key (`key_disabled`, `key_revoked`, …) refuses it to everybody. Failed: the call was
 * wrong, or the kms could not serve it.
 */
export const outcomeOf = (status: number, refusal?: string): AuditOutcome => {
  if (status < 400) return 'success';
  if (status === 409 && refusal?.startsWith('key_')) return 'denied';
  return [401, 403, 404, 429].includes(status) ? 'denied' : 'failed';
};

/** An event with its time, as it stands in the chain. A change of state has no status: it is written before there is an answer. */
export type ChainedEvent = { at: string } & Omit<AuditEvent, 'status'> & Partial<Pick<AuditEvent, 'status'>>;

export const chained = (event: Omit<ChainedEvent, 'at'>): ChainedEvent => ({ at: new Date().toISOString(), ...event });

/** The event of a finished request; what the request did not get far enough to say is left out. */
export const auditEvent = (
  note: AuditNote,
  request: { operation: string; peer: string; status: number; requestId: string },
): AuditEvent => ({
  who: note.who ?? request.peer,
  ...(note.tenant === undefined ? {} : { tenant: note.tenant }),
  operation: note.operation ?? request.operation,
  ...(note.keyId === undefined ? {} : { key_id: note.keyId }),
  ...(note.version === undefined ? {} : { version: note.version }),
  ...(note.items === undefined ? {} : { items: note.items, refused_items: note.refusedItems ?? 0 }),
  outcome: outcomeOf(request.status, note.refusal),
  status: request.status,
  ...(note.refusal === undefined ? {} : { refusal: note.refusal }),
  request_id: request.requestId,
});
