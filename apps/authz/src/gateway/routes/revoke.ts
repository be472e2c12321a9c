import type { RateLimits } from '../limits/rate-limits.js';
import { written } from '../metrics/exposition.js';
import type { GatewayMetrics } from '../metrics/gateway-metrics.js';
import { json, unauthorized, type Answer } from '../server/answer.js';
import { authorization, type GatewayRequest } from '../server/request.js';
import type { RevokedTokens } from '../spent/revoked-tokens.js';
import type { SpendTokens } from '../spent/spend-tokens.js';
import type { TokenClaims } from '../tokens/token-codec.js';
import { bearer, type PresentedToken } from './presented-token.js';

/** `POST …/revoke`: ends the token that is presented, for good, before it answers. */
export class Revoke {
  constructor(
    private readonly tokens: PresentedToken,
    private readonly spending: SpendTokens,
    private readonly revoked: RevokedTokens,
    private readonly limits: RateLimits,
    private readonly metrics: GatewayMetrics,
  ) {}

  async handle(request: GatewayRequest): Promise<Answer> {
    const begun = performance.now();
    this.metrics.revokeRequests.add();
    let answer: Answer;
    try {
      answer = await this.revoke(request);
    } catch (error) {
      this.metrics.revokeErrors.add(written({ error_type: 'unavailable' }));
      throw error;
    }
    if (answer.status === 200) this.metrics.revokeSuccesses.add();
    else if (answer.errorType) this.metrics.revokeErrors.add(written({ error_type: answer.errorType }));
    this.metrics.revokeLatency.observe((performance.now() - begun) / 1_000);
    return answer;
  }

  private async revoke(request: GatewayRequest): Promise<Answer> {
    const refused = (description: string, errorType: string): Answer | Promise<Answer> =>
      this.limits.limit(request.address, () => unauthorized(description, errorType));
    const presented = bearer(authorization(request));
    if (presented === 'missing') return refused('Authorization header required', 'missing_auth_header');
    if (presented === 'malformed') return refused('Bearer token required', 'invalid_bearer_format');
    const claims = await this.tokens.check(presented.token);
    if (!claims) return refused('Invalid or expired token', 'invalid_token');
    return this.limits.limit(claims.clientId, () => this.end(claims));
  }

  private async end({ tokenId, expiresAt, clientId }: TokenClaims): Promise<Answer> {
    const isFirst = await this.spending.spend({ tokenId, oneTime: false, expiresAt });
    if (!isFirst) return unauthorized('Invalid or expired token', 'invalid_token');
    this.revoked.remember(tokenId, expiresAt);
    return json({ message: 'Token revoked successfully' }, clientId);
  }
}
