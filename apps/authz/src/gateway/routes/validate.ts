import type { EndpointDirectory } from '../endpoints/endpoint-directory.js';
import type { RateLimits } from '../limits/rate-limits.js';
import { written } from '../metrics/exposition.js';
import type { GatewayMetrics } from '../metrics/gateway-metrics.js';
import { badRequest, json, refusal, unauthorized, type Answer } from '../server/answer.js';
import { authorization, type GatewayRequest } from '../server/request.js';
import type { SpendTokens } from '../spent/spend-tokens.js';
import type { TokenClaims, TokenType } from '../tokens/token-codec.js';
import { bearer, type PresentedToken } from './presented-token.js';
import { readResource, type ResourceReading } from './resource.js';

/** `POST …/validate`: whether a token may call a URL. Uses up a one-time token. */
export class Validate {
  constructor(
    private readonly endpoints: EndpointDirectory,
    private readonly tokens: PresentedToken,
    private readonly spending: SpendTokens,
    private readonly limits: RateLimits,
    private readonly metrics: GatewayMetrics,
  ) {}

  /** Answers at once when everything it needs is in memory. */
  handle(request: GatewayRequest, resource: ResourceReading = readResource(request)): Answer | Promise<Answer> {
    const begun = performance.now();
    const done = (answer: Answer): Answer => {
      this.metrics.validateRequests.add();
      if (answer.status === 200) this.metrics.validateSuccesses.add();
      else if (answer.errorType) this.failed(answer.errorType, answer.token);
      this.metrics.validateLatency.observe((performance.now() - begun) / 1_000);
      return answer;
    };
    const answer = this.scopesOf(request, resource);
    if (!(answer instanceof Promise)) return done(answer);
    return answer.then(done, (error: unknown) => {
      this.metrics.validateRequests.add();
      this.failed('unavailable');
      throw error;
    });
  }

  /** Of a token that says nothing about itself the type is taken to be N. */
  private failed(errorType: string, token: TokenType = 'N'): void {
    this.metrics.validateErrors.add(written({ token, error_type: errorType }));
  }

  private scopesOf(request: GatewayRequest, resource: ResourceReading): Answer | Promise<Answer> {
    const refused = (answer: Answer): Answer | Promise<Answer> => this.limits.limit(request.address, () => answer);
    if (resource === 'missing')
      return refused(badRequest('Missing X-Forwarded-For header (resource endpoint)', 'missing_endpoint'));
    if (resource === 'contradictory')
      return refused(badRequest('The request names more than one resource endpoint', 'missing_endpoint'));
    const table = this.endpoints.current();
    if (table instanceof Promise)
      return table.then((read) => this.token(request, read.scopesFor(resource.url, resource.method), refused));
    return this.token(request, table.scopesFor(resource.url, resource.method), refused);
  }

  private token(
    request: GatewayRequest,
    scopes: readonly string[] | undefined,
    refused: (answer: Answer) => Answer | Promise<Answer>,
  ): Answer | Promise<Answer> {
    if (!scopes) return refused(unauthorized('Unauthorized scope for endpoint', 'scope_lookup_error'));
    const presented = bearer(authorization(request));
    if (presented === 'missing') return refused(unauthorized('Missing Authorization header', 'missing_auth_header'));
    if (presented === 'malformed') return refused(unauthorized('Bearer token required', 'invalid_bearer_format'));
    const claims = this.tokens.check(presented.token);
    const decide = (found: TokenClaims | undefined): Answer | Promise<Answer> => {
      if (!found) return refused(invalidToken());
      if (found.type === 'N') return this.limits.limit(found.clientId, () => judge(found, scopes));
      // Consumed whatever the verdict is; the first of all presentations on all replicas has it.
      const { clientId, tokenId, expiresAt } = found;
      return this.limits.limit(clientId, () =>
        this.spending
          .spend({ tokenId, oneTime: true, expiresAt })
          .then((isFirst) => ({ ...(isFirst ? judge(found, scopes) : invalidToken()), token: 'O' })),
      );
    };
    return claims instanceof Promise ? claims.then(decide) : decide(claims);
  }
}

const invalidToken = (): Answer => unauthorized('Invalid or expired token', 'invalid_token');

function judge({ clientId, scopes: granted, expiresAt }: TokenClaims, scopes: readonly string[]): Answer {
  if (!scopes.every((scope) => granted.includes(scope)))
    return refusal(403, 'forbidden', 'Resource not in token scopes', 'scope_mismatch');
  return json({ valid: true, client_id: clientId, expires_at: dateTime(expiresAt), scopes: granted }, clientId);
}

/** Tokens of one minute end within a minute, so few texts serve many answers. */
const dateTimes = new Map<number, string>();
const REMEMBERED_AT_MOST = 1_000;

/** RFC 3339, in UTC, without a fraction. */
function dateTime(seconds: number): string {
  let text = dateTimes.get(seconds);
  if (text === undefined) {
    text = `${new Date(seconds * 1_000).toISOString().slice(0, 19)}Z`;
    if (dateTimes.size >= REMEMBERED_AT_MOST) dateTimes.clear();
    dateTimes.set(seconds, text);
  }
  return text;
}
