/** How a refusal is answered: its HTTP status, the constant sentence that a caller reads, and when asking again makes sense. */
interface Refusal {
  status: number;
  detail: string;
  retryAfterSeconds?: number;
}

/** Every refusal the kms can give. */
const refusals = {
  sealed: { status: 503, detail: 'The key service is sealed.', retryAfterSeconds: 5 },
  uninitialized: { status: 503, detail: 'The key service has not been initialised.', retryAfterSeconds: 5 },
  already_initialized: { status: 409, detail: 'The key service has been initialised already.' },
  share_invalid: { status: 400, detail: 'The share was refused.' },
  round_changed: {
    status: 409,
    detail: 'The round is over, or not the one that was meant; look at its status and begin again.',
  },
  rollback_detected: {
    status: 409,
    detail:
      'The database is not the one this replica saw last: an older one was restored. Acknowledge it before the kms is unsealed.',
  },
  rollback_changed: {
    status: 409,
    detail: 'There is nothing to acknowledge, or it is not what was looked at: look at the seal status again.',
  },
  rekey_in_progress: { status: 409, detail: 'Another round is open on this replica: finish or cancel it first.' },
  rekey_not_started: {
    status: 409,
    detail: 'No round is open on this replica. A round lives in the memory of the replica that began it: ask that one.',
  },
  too_many_attempts: { status: 429, detail: 'Too many refused shares from this peer.' },
  key_not_found: { status: 404, detail: 'There is no such key.' },
  name_taken: { status: 409, detail: 'A key of this name exists already.' },
  key_revoked: { status: 409, detail: 'The key version is revoked.' },
  key_not_active: { status: 409, detail: 'The key version is not active yet.' },
  key_expired: { status: 409, detail: 'The key version has expired: it only decrypts and verifies.' },
  key_pending_deletion: { status: 409, detail: 'The deletion of the key is pending.' },
  state_conflict: { status: 409, detail: 'The state of the key does not allow this.' },
  wrapping_key_not_found: {
    status: 409,
    detail: 'There is no such wrapping key, or it was used or has expired: fetch a new one.',
  },
  alias_not_found: { status: 404, detail: 'The key has no such alias.' },
  grant_not_found: { status: 404, detail: 'The key has no such grant.' },
  quota_exceeded: { status: 429, detail: 'A quota is used up.' },
  origin_not_allowed: { status: 403, detail: 'Scripts of this origin may not call the key service.' },
  csrf_token_invalid: {
    status: 403,
    detail: 'X-CSRF-Token must be what GET /browser/api/v1/csrf-token answered to this browser and this access token.',
  },
  key_disabled: { status: 409, detail: 'The key is disabled.' },
  algorithm_not_allowed: { status: 400, detail: 'The algorithm of the key does not do this operation.' },
  operation_not_allowed: { status: 403, detail: 'Who calls may not do this operation with this key.' },
  decrypt_failed: { status: 400, detail: 'The message could not be decrypted.' },
  integrity: { status: 500, detail: 'A stored row failed its integrity check.' },
  message_limit: {
    status: 409,
    detail: 'The key version has protected as many messages as it safely may; rotate the key.',
  },
  payload_too_large: { status: 413, detail: 'The payload is larger than 64 KiB.' },
  invalid_request: { status: 400, detail: 'The request is not valid.' },
} as const satisfies Record<string, Refusal>;

/** Machine-readable reason of a refusal; the `code` member of the problem document. */
export type RefusalCode = keyof typeof refusals;

/** Every one of them. */
export const refusalCodes = Object.keys(refusals) as RefusalCode[];

/** Should be thrown when the kms refuses something; `fields` join the problem document, `cause` is for the log only. */
export class KmsError extends Error {
  override readonly name = 'KmsError';

  constructor(
    readonly code: RefusalCode,
    readonly fields: Readonly<Record<string, unknown>> = {},
    options: ErrorOptions & { retryAfterSeconds?: number } = {},
  ) {
    const refusal: Refusal = refusals[code];
    // Where a row is broken is for the log, which shows the message; callers are shown the detail.
    super(code === 'integrity' ? `${refusal.detail} ${JSON.stringify(fields)}` : refusal.detail, options);
    this.detail = code !== 'integrity' && typeof fields['detail'] === 'string' ? fields['detail'] : refusal.detail;
    this.status = refusal.status;
    this.retryAfterSeconds = options.retryAfterSeconds ?? refusal.retryAfterSeconds;
  }

  /** The sentence that the caller reads. */
  readonly detail: string;

  readonly status: number;

  /** Value of the Retry-After header, where there is one. */
  readonly retryAfterSeconds: number | undefined;
}
