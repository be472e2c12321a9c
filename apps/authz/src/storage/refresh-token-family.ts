import Provider from 'oidc-provider';
import type { ArtifactHash } from './artifact-hash.js';

/**
 * Makes the successor of a refresh token a function of the token and a key only authz holds. A client whose first answer
 * was lost presents the old token again and gets the very same successor, although no token is ever stored.
 */
export function deriveSuccessors(provider: Provider, hash: ArtifactHash): void {
  const prototype = provider.RefreshToken.prototype as unknown as { generateTokenId(): string };
  const random = Reflect.get<typeof prototype, 'generateTokenId'>(prototype, 'generateTokenId');
  prototype.generateTokenId = function (this: object) {
    const rotated = Provider.ctx?.oidc.entities['RotatedRefreshToken'] as { jti: string } | undefined;
    return rotated ? hash.successorOf(rotated.jti) : random.call(this);
  };
}
