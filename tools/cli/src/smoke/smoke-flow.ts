import * as client from 'openid-client';
import { fetch, type Dispatcher, type RequestInit } from 'undici';
import { CommandFailure } from '../command-failure.js';
import { ask, type Answer } from '../requests/answers.js';
import type { SuiteClient, SuiteFile, SuiteUser } from '../suite/suite-file.js';
import { Browser, type Page } from './browser.js';
import { reached, require } from './checks.js';

/** What an application holds of a person who has signed in. */
export interface PersonTokens {
  readonly sub: string;
  readonly idToken: string;
  readonly accessToken: string;
  readonly refreshToken: string;
}

/** What the checks of one run share: the suite, and what earlier checks have found out. */
export class SmokeFlow {
  /** The clients as openid-client knows them, set by discovery. */
  private readonly configurations = new Map<string, client.Configuration>();
  readonly browser: Browser;
  /** From the first sign-in: the access token is opaque, for userinfo and the resource server. */
  signedIn: PersonTokens | undefined;
  /** From the second one, in the same session: the access tokens are JWTs, each for one service. */
  connected: PersonTokens | undefined;
  /** A token of the client `service` for the resource server. */
  serviceToken: string | undefined;

  constructor(
    readonly suite: SuiteFile,
    readonly dispatcher: Dispatcher,
  ) {
    this.browser = new Browser(dispatcher, new URL(this.redirectUri).origin);
  }

  /** An address of the demo applications; nothing listens there, and nothing has to. */
  get redirectUri(): string {
    return reached(reached(this.suite.clients.confidential).redirect_uris?.[0]);
  }

  get user(): SuiteUser {
    return reached(this.suite.users[0]);
  }

  /** Discovers the issuer as one of the suite's clients. */
  async discover(clientId: string): Promise<client.Configuration> {
    const { client_id: id, client_secret: secret } = this.client(clientId);
    const configuration = await client.discovery(
      new URL(this.suite.issuer),
      id,
      undefined,
      secret === undefined ? client.None() : client.ClientSecretBasic(secret),
      { [client.customFetch]: this.fetch },
    );
    configuration[client.customFetch] = this.fetch;
    client.enableNonRepudiationChecks(configuration);
    this.configurations.set(clientId, configuration);
    return configuration;
  }

  /** A client that discovery has been done for. */
  as(clientId: string): client.Configuration {
    return reached(this.configurations.get(clientId));
  }

  /** Sends a request with a bearer token. */
  call(
    url: string,
    token: string | undefined,
    { method, body }: { method?: string; body?: unknown } = {},
  ): Promise<Answer> {
    return ask(this.dispatcher, url, {
      method,
      body,
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    });
  }

  /** Sends a request without any token, to see what the headers of the answer say. */
  async probe(url: string): Promise<{ status: number; headers: Headers }> {
    const response = await fetch(url, { dispatcher: this.dispatcher });
    await response.body?.cancel();
    return { status: response.status, headers: response.headers as unknown as Headers };
  }

  /** Signs in when asked to and allows what is asked for. Resolves to the page after the last step. */
  async passPages(first: Page): Promise<Page> {
    let page = first;
    if (page.html.includes('Sign in')) {
      page = await this.browser.submit(page, 'Sign in', {
        'Username or email': this.user.username,
        Password: this.user.password,
      });
    }
    return page.status === 0 ? page : this.browser.submit(page, 'Allow');
  }

  /** Code flow with PKCE of the client `confidential`; the ID token is verified by the keys the issuer publishes. */
  async signIn(scope: string, resources: readonly string[], exchangeFor?: string): Promise<PersonTokens> {
    const configuration = this.as('confidential');
    const verifier = client.randomPKCECodeVerifier();
    const [state, nonce] = [client.randomState(), client.randomNonce()];
    const url = client.buildAuthorizationUrl(configuration, {
      redirect_uri: this.redirectUri,
      scope,
      code_challenge: await client.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      prompt: 'consent',
      state,
      nonce,
    });
    for (const resource of resources) url.searchParams.append('resource', resource);
    const page = await this.passPages(await this.browser.open(url));
    require(page.status === 0, 'the pages must lead back to the application', {
      url: page.url.href,
      status: page.status,
    });
    const expected = { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce };
    const tokens = await client.authorizationCodeGrant(
      configuration,
      page.url,
      expected,
      exchangeFor ? { resource: exchangeFor } : undefined,
    );
    const { access_token: accessToken, refresh_token: refreshToken, id_token: idToken } = tokens;
    require(idToken !== undefined &&
      refreshToken !== undefined, 'there must be an ID token and a refresh token', Object.keys(tokens));
    return { sub: reached(tokens.claims()).sub, idToken, accessToken, refreshToken };
  }

  /** New tokens for the same person, for one service when a resource is named. */
  async refresh(tokens: PersonTokens, resource?: string): Promise<PersonTokens> {
    const parameters = resource ? { resource } : undefined;
    const answer = await client.refreshTokenGrant(this.as('confidential'), tokens.refreshToken, parameters);
    return { ...tokens, accessToken: answer.access_token, refreshToken: answer.refresh_token ?? tokens.refreshToken };
  }

  private client(clientId: string): SuiteClient {
    const found = this.suite.clients[clientId];
    if (!found) throw new CommandFailure(`suite.json has no client "${clientId}".`);
    return found;
  }

  private readonly fetch = (url: string, options: client.CustomFetchOptions): Promise<Response> =>
    fetch(url, { ...(options as RequestInit), dispatcher: this.dispatcher }) as unknown as Promise<Response>;
}
