import type { ClientDirectory } from '../clients/client-directory.js';
import type { GatewayClient } from '../clients/client.store.js';
import type { GatewaySecrets } from '../clients/gateway-secrets.js';
import type { RateLimits } from '../limits/rate-limits.js';
import { written } from '../metrics/exposition.js';
import type { GatewayMetrics } from '../metrics/gateway-metrics.js';
import { badRequest, invalidJson, json, unauthorized, type Answer } from '../server/answer.js';
import type { GatewayRequest } from '../server/request.js';
import type { TokenCodec, TokenType } from '../tokens/token-codec.js';
import { readTokenForm, type TokenForm } from './credentials.js';

const MAXIMUM_FIELD_LENGTH = 255;
const ONE_TIME_TTL_SECONDS = 120;
const TOKEN = { N: written({ token: 'N' }), O: written({ token: 'O' }) };
const GRANT = 'client_credentials';

/** `POST …/token` and `POST …/ott`: credentials for a self-contained token. Writes nothing. */
export class IssueToken {
  constructor(
    private readonly clients: ClientDirectory,
    private readonly secrets: GatewaySecrets,
    private readonly codec: TokenCodec,
    private readonly limits: RateLimits,
    private readonly metrics: GatewayMetrics,
  ) {}

  /** A token for any number of calls: the form is looked at first, then the credentials. */
  token(request: GatewayRequest): Promise<Answer> {
    return this.counted('N', this.forManyCalls(request));
  }

  /** A token for one call: the credentials are looked at first, then the grant. */
  oneTimeToken(request: GatewayRequest): Promise<Answer> {
    return this.counted('O', this.forOneCall(request));
  }

  /** A request for a token whose body was not read to its end. */
  unread(type: TokenType, request: Pick<GatewayRequest, 'address'>): Promise<Answer> {
    return this.counted(type, this.limits.limit(request.address, invalidJson));
  }

  private async forManyCalls(request: GatewayRequest): Promise<Answer> {
    const form = readTokenForm(request);
    const wrong = form ? wrongField(form) : invalidJson();
    if (wrong) return this.limits.limit(request.address, () => wrong);
    const client = await this.authenticate(form!);
    return client
      ? this.limits.limit(client.clientId, () => this.issue(client, 'N', client.ttlSeconds))
      : this.limits.limit(request.address, invalidCredentials);
  }

  private async forOneCall(request: GatewayRequest): Promise<Answer> {
    const form = readTokenForm(request);
    if (!form) return this.limits.limit(request.address, invalidJson);
    const client = await this.authenticate(form);
    if (!client) return this.limits.limit(request.address, invalidCredentials);
    return this.limits.limit(client.clientId, () =>
      form.grantType === GRANT
        ? this.issue(client, 'O', ONE_TIME_TTL_SECONDS)
        : badRequest('Unsupported grant type', 'invalid_grant_type'),
    );
  }

  private async authenticate({ clientId = '', clientSecret = '' }: TokenForm): Promise<GatewayClient | undefined> {
    const client = clientId === '' ? undefined : await this.clients.find(clientId);
    return this.secrets.matches(client, clientId, clientSecret) ? client : undefined;
  }

  private issue(client: GatewayClient, type: TokenType, ttlSeconds: number): Answer {
    const begun = performance.now();
    const token = this.codec.issue(client, type, ttlSeconds);
    this.metrics.tokenGeneration.observe((performance.now() - begun) / 1_000);
    return json({ access_token: token, token_type: 'Bearer', expires_in: ttlSeconds }, client.clientId);
  }

  private async counted(type: TokenType, pending: Answer | Promise<Answer>): Promise<Answer> {
    this.metrics.tokenRequests.add(TOKEN[type]);
    let answer: Answer;
    try {
      answer = await pending;
    } catch (error) {
      this.metrics.tokenErrors.add(written({ token: type, error_type: 'generation_error' }));
      throw error;
    }
    if (answer.status === 200) this.metrics.tokenSuccesses.add(TOKEN[type]);
    else if (answer.errorType) this.metrics.tokenErrors.add(written({ token: type, error_type: answer.errorType }));
    return answer;
  }
}

const invalidCredentials = (): Answer => unauthorized('Invalid client credentials', 'invalid_credentials');

/** In the order of the contract. */
function wrongField({ clientId, clientSecret, grantType }: TokenForm): Answer | undefined {
  for (const [name, value] of [['client_id', clientId] as const, ['client_secret', clientSecret] as const]) {
    if (!value) return badRequest(`${name} is required`, 'validation_error');
    if (value.length > MAXIMUM_FIELD_LENGTH)
      return badRequest(`${name} exceeds maximum length (${MAXIMUM_FIELD_LENGTH} characters)`, 'validation_error');
  }
  if (!grantType) return badRequest('grant_type is required', 'validation_error');
  if (grantType !== GRANT)
    return badRequest("invalid grant_type: only 'client_credentials' is supported", 'invalid_grant_type');
  return undefined;
}
