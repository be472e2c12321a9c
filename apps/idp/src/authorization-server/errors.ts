/** Should be thrown when authz cannot be reached or cannot answer now; nothing is wrong with what the person did. */
export class AuthorizationServerUnavailable extends Error {
  override readonly name = 'AuthorizationServerUnavailable';

  constructor(
    message: string,
    readonly retryAfterSeconds = 3,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Should be thrown when the login request is unknown, answered or expired: one answer for all three. */
export class LoginRequestGone extends Error {
  override readonly name = 'LoginRequestGone';
}

/** Should be thrown when authz wants a sign-in that is fresher than the session offered to it. */
export class ReauthenticationRequired extends Error {
  override readonly name = 'ReauthenticationRequired';
}

/** Should be thrown when the login request is at another step than the answer (somebody else's consent, or a stale page). */
export class WrongStep extends Error {
  override readonly name = 'WrongStep';
}
