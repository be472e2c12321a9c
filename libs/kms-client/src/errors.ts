/** Why the kms could not serve: it said so itself, or it could not be reached, or it did not answer in time. */
export type UnavailableReason = 'sealed' | 'uninitialized' | 'unavailable' | 'unreachable' | 'timeout' | 'overloaded';

/** Should be thrown when the kms cannot serve now and the same call may succeed later: answer 503 with Retry-After. */
export class KmsUnavailable extends Error {
  override readonly name = 'KmsUnavailable';

  constructor(
    readonly reason: UnavailableReason,
    /** Seconds after which asking again makes sense. */
    readonly retryAfterSeconds = 5,
    options?: ErrorOptions,
  ) {
    super(`The key service cannot serve now (${reason}).`, options);
  }
}

/** Should be thrown when the kms refused the call and would refuse it again; `code` is its problem code, for instance `decrypt_failed`. */
export class KmsRefused extends Error {
  override readonly name = 'KmsRefused';

  constructor(
    readonly code: string,
    /** HTTP status of the answer; 0 where the refusal was inside a batch or made by the client. */
    readonly status = 0,
    options?: ErrorOptions,
  ) {
    super(`The key service refused the call (${code}).`, options);
  }
}
