import { hmacSha256, keyedHash, type Secret } from '@cryptoutil/crypto';

/** Purpose of the verifiers that carry a login or consent answer. */
export const loginPurpose = 'login';

/**
 * Names of the hand-over. The challenge is derived from the interaction's random uid under a key only authz holds, so it
 * is as unguessable as a random one without being kept anywhere; stored are only hashes of it and of the verifier.
 */
export class HandOverHash {
  constructor(private readonly key: Secret) {}

  uid(uid: string): string {
    return keyedHash(this.key, 'login-request:uid', uid);
  }

  challengeFor(uid: string): string {
    return hmacSha256(this.key, `login-challenge\n${uid}`).toString('base64url');
  }

  challenge(challenge: string): string {
    return keyedHash(this.key, 'login-request:challenge', challenge);
  }

  /** Bound to its interaction and purpose: a verifier of another request or another kind of request never matches. */
  verifier(purpose: string, uidHash: string, verifier: string): string {
    return keyedHash(this.key, `login-request:verifier:${purpose}:${uidHash}`, verifier);
  }
}
