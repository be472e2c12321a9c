import { createJwksResolver, randomToken, sha256 } from '@cryptoutil/crypto';
import { request } from 'undici';
import { authzFixture } from './authz.fixture.js';
import type { Answer, Browser } from './browser.fixture.js';

export const redirectUri = 'https://client.example/cb';
export const secret = 'a-long-and-random-client-secret';
export const basic = (id: string, password = secret) => `Basic ${Buffer.from(`${id}:${password}`).toString('base64')}`;

export interface Tokens {
  access_token: string;
  refresh_token?: string;
  id_token?: string;
  token_type: string;
  expires_in: number;
  scope?: string;
  error?: string;
  error_description?: string;
}

/** Two replicas with clients of every kind, alice at idp, and each step of the protocol as a function. */
export async function protocolFixture() {
  const authTime = Math.floor(Date.now() / 1000);

  const suite = await authzFixture(2);
  const idp = await suite.as('idp');
  suite.idp.users.set('alice', {
    active: true,
    claims: { name: 'Alice', preferred_username: 'alice', email: 'alice@example.com', email_verified: true },
  });
  await suite.registerClient('confidential', {
    client_name: 'Example App',
    client_secret: secret,
    redirect_uris: [redirectUri],
    post_logout_redirect_uris: ['https://client.example/bye'],
    grant_types: ['authorization_code', 'refresh_token'],
    scope: 'openid profile email offline_access read:resource write:resource',
  });
  await suite.registerClient('other', {
    client_secret: secret,
    redirect_uris: [redirectUri],
    grant_types: ['authorization_code', 'refresh_token'],
    scope: 'openid offline_access',
  });
  await suite.registerClient('service', {
    client_secret: secret,
    grant_types: ['client_credentials'],
    scope: 'read:resource kms:encrypt',
  });
  await suite.registerClient('rs', {
    client_secret: secret,
    grant_types: ['client_credentials'],
    resource_indicator: 'https://rs.example',
  });

  const authorizeUrl = (overrides: Record<string, string | undefined> = {}) => {
    const verifier = randomToken();
    const parameters: Record<string, string | undefined> = {
      client_id: 'confidential',
      response_type: 'code',
      redirect_uri: redirectUri,
      scope: 'openid profile offline_access',
      state: 'the-state',
      nonce: 'the-nonce',
      code_challenge: sha256(verifier).toString('base64url'),
      code_challenge_method: 'S256',
      ...overrides,
    };
    const url = new URL(`${suite.issuer}/oauth2/v1/authorize`);
    for (const [name, value] of Object.entries(parameters)) if (value !== undefined) url.searchParams.set(name, value);
    return { url, verifier };
  };

  const asIdp = async (challenge: string, step: string, body?: object): Promise<{ status: number; body: any }> => {
    const response = await request(`${suite.issuer}/internal/v1/login-requests/${challenge}${step && `/${step}`}`, {
      method: body ? 'POST' : 'GET',
      dispatcher: idp,
      headers: body ? { 'content-type': 'application/json' } : {},
      body: body ? JSON.stringify(body) : undefined,
    });
    const text = await response.body.text();
    return { status: response.statusCode, body: text ? JSON.parse(text) : undefined };
  };

  const login = { sub: 'alice', idp_session: 'idp-session-1', amr: ['pwd'], auth_time: authTime };

  /** idp's part: alice signs in and allows `scopes`. Answers where her browser goes. */
  const signIn = async (
    toIdp: URL | undefined,
    scopes = ['profile', 'offline_access', 'read:resource'],
  ): Promise<string> => {
    const challenge = toIdp?.searchParams.get('login_challenge') ?? '';
    const accepted = await asIdp(challenge, 'accept-login', login);
    if (accepted.body.next === 'redirect') return accepted.body.redirect_to;
    return (await asIdp(challenge, 'accept-consent', { sub: 'alice', scopes })).body.redirect_to;
  };

  const code = async (browser: Browser, overrides: Record<string, string | undefined> = {}) => {
    const { url, verifier } = authorizeUrl(overrides);
    const begun = await browser.get(url);
    const back = begun.location?.href.startsWith(redirectUri) ? begun : await browser.get(await signIn(begun.location));
    return { code: back.location?.searchParams.get('code') ?? '', verifier, answer: back };
  };

  const token = async (
    form: Record<string, string>,
    authorization?: string,
    replica = 0,
  ): Promise<{ status: number; headers: Answer['headers']; body: Tokens }> => {
    const response = await request(`${suite.replicas[replica]?.url}/oauth2/v1/token`, {
      method: 'POST',
      dispatcher: suite.outside,
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...(authorization && { authorization }) },
      body: new URLSearchParams(form).toString(),
    });
    return { status: response.statusCode, headers: response.headers, body: (await response.body.json()) as Tokens };
  };

  const redeem = (given: { code: string; verifier: string }, replica = 0) =>
    token(
      { grant_type: 'authorization_code', code: given.code, code_verifier: given.verifier, redirect_uri: redirectUri },
      basic('confidential'),
      replica,
    );
  const refresh = (refreshToken: string, replica = 0) =>
    token({ grant_type: 'refresh_token', refresh_token: refreshToken }, basic('confidential'), replica);

  const introspect = async (value: string, client = 'confidential') => {
    const response = await request(`${suite.issuer}/oauth2/v1/introspect`, {
      method: 'POST',
      dispatcher: suite.outside,
      headers: { 'content-type': 'application/x-www-form-urlencoded', authorization: basic(client) },
      body: new URLSearchParams({ token: value }).toString(),
    });
    return (await response.body.json()) as { active: boolean; scope?: string; sub?: string };
  };

  const jwks = async () => {
    const response = await request(`${suite.issuer}/oauth2/v1/jwks`, { dispatcher: suite.outside });
    return createJwksResolver((await response.body.json()) as never);
  };
  return { suite, authTime, idp, login, authorizeUrl, asIdp, signIn, code, token, redeem, refresh, introspect, jwks };
}
