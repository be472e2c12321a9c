import { randomBytes, randomToken } from '@cryptoutil/crypto';
import type { Agent } from 'undici';
import { AuthServiceAdmin } from '../../auth-service/auth-service-admin.js';
import { ask, problemText } from '../../requests/answers.js';
import { SmokeFlow } from '../../smoke/smoke-flow.js';
import type { SuiteFile } from '../../suite/suite-file.js';
import type { Subject } from '../subject/subject.js';
import { probeClients, probeScope, probeUser, type ProbeClient } from './probe-registrations.js';

/** Clients and a person that exist for one run, with secrets that nobody else knows, and what they were given. */
export class Probe {
  readonly flow: SmokeFlow;
  /** Every secret and token that this run has seen: none of them may be in a log. */
  readonly secrets: string[] = [];
  private signing: Promise<void> | undefined;
  private service: Promise<string> | undefined;

  private constructor(
    readonly name: string,
    private readonly subject: Subject,
    private readonly operator: Agent,
    client: Agent,
    private readonly clients: readonly ProbeClient[],
    readonly gateway: { readonly clientId: string; readonly secret: string; readonly endpoint: string },
    user: ReturnType<typeof probeUser>,
  ) {
    const suite: Pick<SuiteFile, 'issuer' | 'urls' | 'users' | 'clients'> = {
      issuer: subject.identifiers.authz,
      urls: subject.urls,
      users: [user],
      clients: Object.fromEntries(clients.map((each) => [each.role, each])),
    };
    this.flow = new SmokeFlow(suite as SuiteFile, client);
    this.secrets.push(user.password, gateway.secret, ...clients.flatMap(({ client_secret: secret }) => secret ?? []));
  }

  /** Registers them all with the certificate of ops. */
  static async register(subject: Subject, client: Agent, operator: Agent): Promise<Probe> {
    const name = `checklist-${randomBytes(4).toString('hex')}`;
    const gateway = { clientId: name, secret: randomToken(), endpoint: `https://${name}.example/resource` };
    const probe = new Probe(name, subject, operator, client, probeClients(name), gateway, probeUser(name));
    try {
      await probe.put();
      await Promise.all(probe.clients.map(({ role }) => probe.flow.discover(role)));
      return probe;
    } catch (error) {
      await probe.remove();
      throw new Error('The clients of the checklist could not be registered', { cause: error });
    }
  }

  private async put(): Promise<void> {
    const { urls } = this.subject;
    const user = this.flow.suite.users[0]!;
    await Promise.all([
      ...this.clients.map(({ role: _role, client_id: id, ...registration }) =>
        this.send('PUT', `${urls.authz}/admin/v1/clients/${id}`, registration),
      ),
      this.send('PUT', `${urls.idp}/admin/v1/users/${user.username}`, {
        ...{ password: user.password, email: user.email, name: 'Checklist', roles: [] },
      }),
      this.putGateway(),
    ]);
  }

  private async putGateway(): Promise<void> {
    const admin = new AuthServiceAdmin(this.subject.urls.authz, this.operator);
    await admin.putClient({
      client_id: this.gateway.clientId,
      client_secret: this.gateway.secret,
      access_token_ttl: 2,
      allowed_scopes: [probeScope(this.name)],
    });
    await admin.putEndpoint({ url: this.gateway.endpoint, scope: probeScope(this.name) });
  }

  private async send(method: string, url: string, body?: unknown): Promise<void> {
    const answer = await ask(this.operator, url, { method, body });
    if (answer.status > 299) throw new Error(`${method} ${new URL(url).pathname}: ${problemText(answer)}`);
  }

  /** Code flow with PKCE, once: the tokens are `flow.signedIn`. */
  signIn(): Promise<void> {
    this.signing ??= (async () => {
      const tokens = await this.flow.signIn('openid profile email offline_access read:resource', []);
      this.flow.signedIn = tokens;
      this.secrets.push(tokens.accessToken, tokens.refreshToken, tokens.idToken);
    })();
    return this.signing;
  }

  /** A token of the service client that may only read at the resource server. */
  serviceToken(): Promise<string> {
    this.service ??= this.token(this.subject.identifiers.rs, 'read:resource');
    return this.service;
  }

  /** A new token by client credentials. */
  async token(resource: string, scope: string): Promise<string> {
    const { body, status } = await this.requestToken(resource, scope);
    if (status !== 200 || typeof body.access_token !== 'string') {
      throw new Error(`The token endpoint answered ${problemText({ status, body })}`);
    }
    this.secrets.push(body.access_token);
    return body.access_token;
  }

  /** One request to the token endpoint, whatever comes back. */
  async requestToken(resource: string, scope: string, origin?: string) {
    const { client_id: id, client_secret: secret } = this.flow.suite.clients.service!;
    const form = new URLSearchParams({ grant_type: 'client_credentials', resource, scope });
    const { statusCode, headers, body } = await this.flow.dispatcher.request({
      origin: this.subject.urls.authz,
      path: '/oauth2/v1/token',
      method: 'POST',
      headers: {
        authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`,
        'content-type': 'application/x-www-form-urlencoded',
        ...(origin !== undefined && { origin }),
      },
      body: form.toString(),
    });
    const text = await body.text();
    return {
      status: statusCode,
      headers,
      body: (text.startsWith('{') ? JSON.parse(text) : {}) as Record<string, unknown>,
    };
  }

  /** Takes everything back. Resolves to what is left, because it could not be removed. */
  async remove(): Promise<string[]> {
    const { urls } = this.subject;
    const admin = new AuthServiceAdmin(urls.authz, this.operator);
    const left: string[] = [];
    const attempt = (what: string, work: () => Promise<void>) => work().catch(() => void left.push(what));
    await Promise.all([
      ...this.clients.map(({ client_id: id }) =>
        attempt(`client ${id}`, () => this.send('DELETE', `${urls.authz}/admin/v1/clients/${id}`)),
      ),
      attempt(`user ${this.name}`, () => this.send('DELETE', `${urls.idp}/admin/v1/users/${this.name}`)),
      attempt(`Auth Service client ${this.name}`, () => admin.removeClient(this.gateway.clientId)),
      attempt(`Auth Service endpoint of ${this.name}`, async () => {
        const own = (await admin.endpoints()).filter(({ url }) => url === this.gateway.endpoint);
        await Promise.all(own.map(({ id }) => admin.removeEndpoint(id)));
      }),
    ]);
    return left;
  }
}
