import { hmacSha256, hmacSha256Matches, type Secret } from '@cryptoutil/crypto';
import type { GatewayClient } from './client.store.js';

/**
 * Client secrets are stored as hashes under a key that is not in the database. The hash costs microseconds, so every request is
 * checked against what the directory holds and no remembered verdict can outlive a change of the secret.
 */
export class GatewaySecrets {
  private readonly nobody: string;

  constructor(private readonly key: Secret) {
    this.nobody = this.hash('', '');
  }

  /** What is stored of a secret; another client with the same secret stores something else. */
  hash(clientId: string, secret: string): string {
    return hmacSha256(this.key, material(clientId, secret)).toString('base64url');
  }

  /** Whether an active client has this secret. Takes the same time for clients that do not exist. */
  matches(client: GatewayClient | undefined, clientId: string, secret: string): boolean {
    const equal = hmacSha256Matches(this.key, material(clientId, secret), client?.secretHash ?? this.nobody);
    return equal && client?.active === true;
  }
}

/** JSON keeps the parts apart, whatever is in them; the first one keeps other uses of the key apart. */
const material = (clientId: string, secret: string): string =>
  JSON.stringify(['auth-service-client', clientId, secret]);
