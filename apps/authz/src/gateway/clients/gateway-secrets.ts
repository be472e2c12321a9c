import { hmacSha256, hmacSha256Matches, randomToken, sha256, type Secret } from '@cryptoutil/crypto';
import type { GatewayClient } from './client.store.js';

/**
 * Client secrets are stored as hashes under a key that is not in the database. A secret that was right is recognised by a cheaper
 * digest under a prefix of this process. The verdict hangs on the very object that the directory holds, which every change of the
 * client replaces at every replica, so it cannot outlive the secret.
 */
export class GatewaySecrets {
  private readonly nobody: string;
  private readonly prefix = randomToken();
  private readonly proven = new WeakMap<GatewayClient, Buffer>();
  private readonly unproven = sha256(randomToken());

  constructor(private readonly key: Secret) {
    this.nobody = this.hash('', '');
  }

  /** What is stored of a secret; another client with the same secret stores something else. */
  hash(clientId: string, secret: string): string {
    return hmacSha256(this.key, material(clientId, secret)).toString('base64url');
  }

  /** Whether an active client has this secret. Takes the same time for clients that do not exist. */
  matches(client: GatewayClient | undefined, clientId: string, secret: string): boolean {
    const text = material(clientId, secret);
    const digest = sha256(this.prefix + text);
    const known = client && this.proven.get(client);
    // Nobody outside can steer a digest under the prefix, so the time of this comparison tells nothing.
    if (digest.equals(known ?? this.unproven)) return client?.active === true;
    if (!hmacSha256Matches(this.key, text, client?.secretHash ?? this.nobody) || !client) return false;
    this.proven.set(client, digest);
    return client.active;
  }
}

/** JSON keeps the parts apart, whatever is in them; the first one keeps other uses of the key apart. */
const material = (clientId: string, secret: string): string =>
  JSON.stringify(['auth-service-client', clientId, secret]);
