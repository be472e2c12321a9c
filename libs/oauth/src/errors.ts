/** Why an access token was refused. For logs and tests; clients are only told {@link InvalidToken.description}. */
export type InvalidTokenReason =
  | 'malformed'
  | 'too_long'
  | 'header'
  | 'algorithm'
  | 'type'
  | 'unknown_key'
  | 'signature'
  | 'claims'
  | 'issuer'
  | 'audience'
  | 'expired'
  | 'not_yet_valid'
  | 'sender_constrained'
  | 'inactive';

const defaultDescription = 'The access token is invalid';
const descriptions: Partial<Record<InvalidTokenReason, string>> = {
  expired: 'The access token expired',
  audience: 'The access token is meant for another service',
  sender_constrained: 'The access token is bound to a key and cannot be used as a bearer token',
};

/** Thrown when a presented access token must not be honoured; answer 401 with `error="invalid_token"` (RFC 6750 §3.1). */
export class InvalidToken extends Error {
  override readonly name = 'InvalidToken';
  /** RFC 6750 §3.1 error code. */
  readonly code = 'invalid_token';

  constructor(
    readonly reason: InvalidTokenReason,
    detail: string = reason,
  ) {
    super(`access token refused: ${detail}`);
  }

  /** One of a few constant sentences that may be shown to a client; never carries anything from the token. */
  get description(): string {
    return descriptions[this.reason] ?? defaultDescription;
  }
}

/**
 * Thrown when a token can neither be accepted nor refused because the authorization server did not answer
 * (network, timeout, 5xx, or an answer that is none); answer 503 with Retry-After.
 */
export class AuthorizationServerUnavailable extends Error {
  override readonly name = 'AuthorizationServerUnavailable';
  readonly code = 'authorization_server_unavailable';

  constructor(
    detail: string,
    /** Seconds after which a retry makes sense, 1 to 120. */
    readonly retryAfterSeconds = 2,
    options?: { cause?: unknown },
  ) {
    super(detail, options);
  }
}
