import { keyedHash, type Secret } from '@cryptoutil/crypto';

/**
 * The only form in which a token, code, session or grant identifier is stored: an HMAC under a key the database does not
 * hold, in a namespace of its model, so that a stolen table opens nothing and one model's id is never another's.
 */
export class ArtifactHash {
  constructor(private readonly key: Secret) {}

  of(model: string, id: string): string {
    return keyedHash(this.key, `artifact:${model}`, id);
  }

  /** Value of the refresh token that follows `refreshToken` (see RefreshTokenFamily). */
  successorOf(refreshToken: string): string {
    return keyedHash(this.key, 'refresh-token-successor', refreshToken);
  }
}
