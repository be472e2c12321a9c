import type { ClientDirectory } from '../clients/client-directory.js';
import type { GatewayClient } from '../clients/client.store.js';
import type { RevokedTokens } from '../spent/revoked-tokens.js';
import type { TokenClaims, TokenCodec } from '../tokens/token-codec.js';

/** Tells whether a token that somebody presents is good, apart from the use of one-time tokens. */
export class PresentedToken {
  constructor(
    private readonly codec: TokenCodec,
    private readonly clients: ClientDirectory,
    private readonly revoked: RevokedTokens,
  ) {}

  /**
   * The claims of a token that is ours, not expired, not revoked, and of a client that is there, active and the one it was issued to; else undefined. Answers at
   * once when memory can be trusted. Rejects when the database has to be asked and does not answer.
   */
  check(token: string): TokenClaims | undefined | Promise<TokenClaims | undefined> {
    const claims = this.codec.verify(token);
    if (!claims) return undefined;
    const client = this.clients.find(claims.clientId);
    // The use of a one-time token asks the database whether it is spent.
    const revoked = claims.type === 'O' ? false : this.revoked.isRevoked(claims.tokenId);
    if (client instanceof Promise || revoked instanceof Promise) {
      return Promise.all([client, revoked]).then(([found, isRevoked]) =>
        isHolder(found, claims) && !isRevoked ? claims : undefined,
      );
    }
    return isHolder(client, claims) && !revoked ? claims : undefined;
  }
}

/** Whoever is registered under the id of a client that was removed inherits none of its tokens. */
const isHolder = (client: GatewayClient | undefined, { clientSince }: TokenClaims): boolean =>
  client?.active === true && (clientSince === undefined || clientSince === client.since);

/** The token of an Authorization header (RFC 6750 §2.1), `missing` without the header, `malformed` with another one. */
export function bearer(authorization: string | undefined): { token: string } | 'missing' | 'malformed' {
  if (!authorization) return 'missing';
  return /^bearer /i.test(authorization) ? { token: authorization.slice(7).trim() } : 'malformed';
}
