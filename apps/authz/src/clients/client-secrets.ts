import { constantTimeEqual, keyedHash, type Secret } from '@cryptoutil/crypto';

/**
 * Client secrets are long and random, so a keyed hash stores them safely and costs microseconds; a slow password hash
 * would only help whoever floods the token endpoint.
 */
export class ClientSecrets {
  constructor(private readonly key: Secret) {}

  /** What is stored of a secret; another client with the same secret stores something else. */
  hash(clientId: string, secret: string): string {
    return keyedHash(this.key, `client-secret:${clientId}`, secret);
  }

  matches(clientId: string, presented: string, stored: string): boolean {
    return constantTimeEqual(this.hash(clientId, presented), stored);
  }
}
