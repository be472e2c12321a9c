import type { AuditNote } from '../access/caller.js';

/** What became of a call. */
export type AuditOutcome = 'success' | 'denied' | 'failed';

/** One line of the audit trail. It never holds plaintext, shares or material. */
export interface AuditEvent {
  who: string;
  tenant?: string | undefined;
  operation: string;
  key_id?: string | undefined;
  version?: number | undefined;
  items?: number | undefined;
  refused_items?: number | undefined;
  outcome: AuditOutcome;
  status: number;
  refusal?: string | undefined;
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

/** An event as it stands in the chain, with what is looked for beside it. */
export interface ChainedEvent {
  readonly tenant: string | undefined;
  readonly keyId: string | undefined;
  /** The event with its time, as JSON. */
  readonly text: string;
}

/** A change of state has no status: it is written before there is an answer. */
type TellableEvent = Omit<AuditEvent, 'status'> & Partial<Pick<AuditEvent, 'status'>>;

/** The event with the time of now. `json`: the event as JSON, where somebody has made it already. */
export const chained = (event: TellableEvent, json = JSON.stringify(event)): ChainedEvent => ({
  tenant: event.tenant,
  keyId: event.key_id,
  text: `{"at":"${new Date().toISOString()}",${json.slice(1)}`,
});

/** Longer than any path or name that means something. */
const MAX_TEXT = 300;
/** Strangers choose these, and every event is kept for good. */
const bounded = (text: string): string => (text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text);

/** The event of a finished request; what the request did not get far enough to say is undefined, and not in its JSON. */
export const auditEvent = (
  note: AuditNote,
  request: { operation: string; peer: string; status: number; requestId: string },
): AuditEvent => ({
  who: note.who ?? request.peer,
  tenant: note.tenant,
  operation: note.operation ?? bounded(request.operation),
  key_id: note.keyId === undefined ? undefined : bounded(note.keyId),
  version: note.version,
  items: note.items,
  refused_items: note.items === undefined ? undefined : (note.refusedItems ?? 0),
  outcome: outcomeOf(request.status, note.refusal),
  status: request.status,
  refusal: note.refusal,
  request_id: request.requestId,
});
