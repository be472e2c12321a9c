import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createJwksResolver, randomToken, sha256, verifyJwt } from '@cryptoutil/crypto';
import { countStatements } from '@cryptoutil/testing';
import { request as httpsRequest } from 'node:https';
import { DataSource } from 'typeorm';
import { request, type Dispatcher } from 'undici';
import { authzFixture, type AuthzFixture } from './authz.fixture.js';
import { Browser, type Answer } from './browser.fixture.js';

const redirectUri = 'https://client.example/cb';
const secret = 'a-long-and-random-client-secret';
const basic = (id: string, password = secret) => `Basic ${Buffer.from(`${id}:${password}`).toString('base64')}`;
const twenty = Array.from({ length: 20 }, (_, index) => index);

interface Tokens {
  access_token: string;
  refresh_token?: string;
  id_token?: string;
  token_type: string;
  expires_in: number;
  scope?: string;
  error?: string;
  error_description?: string;
}

describe('authz', () => {
  let suite: AuthzFixture;
  let idp: Dispatcher;
  const authTime = Math.floor(Date.now() / 1000);

  beforeAll(async () => {
    suite = await authzFixture(2);
    idp = await suite.as('idp');
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
  }, 60_000);
  afterAll(() => suite.close());

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

  describe('discovery', () => {
    it('publishes the same metadata at both well-known paths and only what works', async () => {
      const [openid, oauth] = await Promise.all(
        ['openid-configuration', 'oauth-authorization-server'].map(async (document) => {
          const response = await request(`${suite.issuer}/.well-known/${document}`, { dispatcher: suite.outside });
          return (await response.body.json()) as Record<string, unknown>;
        }),
      );
      expect(openid).toEqual(oauth);
      expect(openid).toMatchObject({
        issuer: suite.issuer,
        code_challenge_methods_supported: ['S256'],
        response_types_supported: ['code'],
        id_token_signing_alg_values_supported: ['ES256'],
        token_endpoint: `${suite.issuer}/oauth2/v1/token`,
      });
      expect(openid?.['scopes_supported']).not.toEqual(expect.arrayContaining(['admin']));
      expect(openid).not.toHaveProperty('device_authorization_endpoint');
      expect(openid).not.toHaveProperty('registration_endpoint');
    });

    it('calls itself by the issuer, whatever the request calls it (threat 12)', async () => {
      const { port } = new URL(suite.issuer);
      const foreign = { host: 'evil.example', 'x-forwarded-host': 'evil.example', forwarded: 'host=evil.example' };
      const call = (path: string, method = 'GET', body = '', headers: Record<string, string> = {}) =>
        new Promise<string>((resolve, reject) => {
          const sent = { ...foreign, accept: 'text/html', 'content-length': String(body.length), ...headers };
          const options = { host: '127.0.0.1', port, path, method, servername: 'localhost', headers: sent };
          httpsRequest({ ...options, rejectUnauthorized: false }, (answer) => {
            let text = JSON.stringify(answer.headers);
            answer.on('data', (chunk: Buffer) => (text += chunk.toString()));
            answer.on('end', () => resolve(text));
          })
            .on('error', reject)
            .end(body);
        });
      const { pathname, search } = authorizeUrl().url;
      for (const base of ['', 'https://evil.example']) {
        for (const path of ['/.well-known/openid-configuration', '/oauth2/v1/logout'])
          expect(await call(`${base}${path}`)).not.toContain('evil.example');
        const begun = await call(`${base}${pathname}${search}`);
        const challenge = /login_challenge=([\w-]+)/.exec(begun)?.[1] ?? '';
        await asIdp(challenge, 'accept-login', login);
        const { body } = await asIdp(challenge, 'accept-consent', { sub: 'alice', scopes: [] });
        expect(body.redirect_to).toMatch(`${suite.issuer}/oauth2/v1/authorize/`);
      }
    });

    it('answers 404 for endpoints that are not there', async () => {
      for (const path of ['/oauth2/v1/device', '/oauth2/v1/register', '/oauth2/v1/par', '/debug/pprof/']) {
        const response = await request(`${suite.issuer}${path}`, { dispatcher: suite.outside });
        await response.body.dump();
        expect([path, response.statusCode]).toEqual([path, 404]);
      }
    });
  });

  describe('authorization code', () => {
    it('signs in, asks consent within the login request, and issues an ID token that verifies from JWKS', async () => {
      const browser = new Browser(suite.outside);
      const given = await code(browser);
      expect(given.answer.location?.searchParams.get('iss')).toBe(suite.issuer);
      expect(given.answer.location?.searchParams.get('state')).toBe('the-state');
      const issued = await redeem(given);
      expect([issued.status, issued.body.error_description]).toEqual([200, undefined]);
      expect(issued.headers['cache-control']).toBe('no-store');
      const claims = await verifyJwt(issued.body.id_token ?? '', {
        jwks: await jwks(),
        issuer: suite.issuer,
        audience: 'confidential',
        typ: null,
        algorithms: ['ES256'],
      });
      expect(claims).toMatchObject({
        sub: 'alice',
        nonce: 'the-nonce',
        acr: 'urn:cryptoutil:aal:1',
        amr: ['pwd'],
        auth_time: authTime,
      });
      expect(await introspect(issued.body.access_token)).toMatchObject({
        active: true,
        sub: 'alice',
        scope: 'openid profile offline_access',
      });
    });

    it('grants the stored request ∩ what was ticked, whatever idp sends', async () => {
      const { url, verifier } = authorizeUrl({ scope: 'openid profile email' });
      const browser = new Browser(suite.outside);
      const begun = await browser.get(url);
      const back = await browser.get(await signIn(begun.location, ['email', 'write:resource', 'kms:admin']));
      const issued = await redeem({ code: back.location?.searchParams.get('code') ?? '', verifier });
      expect(issued.body.scope).toBe('openid email');
    });

    it('lets a person allow later what they refused before', async () => {
      const browser = new Browser(suite.outside);
      const asked = { scope: 'openid profile email', prompt: 'consent' };
      const ask = async (ticked: string[]) => {
        const { url, verifier } = authorizeUrl(asked);
        const { location } = await browser.get(url);
        const challenge = location?.searchParams.get('login_challenge') ?? '';
        const to =
          location?.pathname === '/consent'
            ? (await asIdp(challenge, 'accept-consent', { sub: 'alice', scopes: ticked })).body.redirect_to
            : await signIn(location, ticked);
        const back = await browser.get(to);
        return (await redeem({ code: back.location?.searchParams.get('code') ?? '', verifier })).body.scope;
      };
      expect(await ask(['email'])).toBe('openid email');
      expect(await ask(['profile', 'email'])).toBe('openid email profile');
      expect(await ask(['profile'])).toBe('openid profile');
    });

    it.each(['client_id', 'state', 'nonce', 'login_hint'])(
      'answers 400 to NUL in %s, which no column holds',
      async (name) => {
        const browser = new Browser(suite.outside);
        expect((await browser.get(authorizeUrl({ [name]: 'a\0b' }).url)).status).toBe(400);
        const posted = await token({ grant_type: 'client_credentials', client_id: 'a\0b' });
        expect([posted.status, posted.body.error]).toEqual([400, 'invalid_request']);
      },
    );

    it('issues a JWT access token with the resource as its only audience (RFC 8707, RFC 9068)', async () => {
      const given = await code(new Browser(suite.outside), {
        resource: 'https://rs.example',
        scope: 'openid read:resource',
      });
      const issued = await redeem(given);
      const claims = await verifyJwt(issued.body.access_token, {
        jwks: await jwks(),
        issuer: suite.issuer,
        audience: 'https://rs.example',
        typ: 'at+jwt',
        algorithms: ['ES256'],
      });
      expect(claims).toMatchObject({
        sub: 'alice',
        client_id: 'confidential',
        scope: 'read:resource',
        auth_time: authTime,
        acr: 'urn:cryptoutil:aal:1',
      });
    });

    it('answers by form_post with a page whose one script the policy names, and escapes what it carries', async () => {
      const browser = new Browser(suite.outside);
      const { url } = authorizeUrl({ response_mode: 'form_post', state: '"><script>alert(1)</script>' });
      const begun = await browser.get(url);
      const page = await browser.get(await signIn(begun.location));
      expect(page.status).toBe(200);
      expect(page.headers['content-security-policy']).toMatch(
        /default-src 'none'.*script-src 'report-sample' 'sha256-[^']+'/,
      );
      expect(page.text).toContain(`action="${redirectUri}"`);
      expect(page.text).not.toContain('<script>alert(1)');
    });

    it.each([
      ['no challenge', { code_challenge: undefined, code_challenge_method: undefined }, 'invalid_request'],
      ['a plain challenge', { code_challenge_method: 'plain' }, 'invalid_request'],
      ['an unknown resource', { resource: 'https://other.example' }, 'invalid_target'],
      ['a scope beyond the registration', { scope: 'openid delete:resource' }, 'invalid_scope'],
      ['the implicit response type', { response_type: 'token' }, 'unsupported_response_type'],
      ['prompt=none without a session', { prompt: 'none', scope: 'openid' }, 'login_required'],
    ])('refuses %s by an error to the client', async (_name, overrides, error) => {
      const { location } = await new Browser(suite.outside).get(authorizeUrl(overrides).url);
      const answer = new URLSearchParams(location?.search || location?.hash.slice(1));
      expect([location?.origin, answer.get('error'), answer.get('iss')]).toEqual([
        'https://client.example',
        error,
        suite.issuer,
      ]);
    });

    it.each([
      ['an unregistered redirect URI', { redirect_uri: 'https://client.example/cb/' }],
      ['a redirect URI with user info', { redirect_uri: 'https://client.example@evil.example/cb' }],
      ['a redirect URI of another host', { redirect_uri: 'https://client.example.evil.example/cb' }],
      ['a redirect URI with another case', { redirect_uri: 'https://client.example/CB' }],
      ['a redirect URI with a path trick', { redirect_uri: 'https://client.example/x/..;/cb' }],
      ['a redirect URI encoded twice', { redirect_uri: 'https://client.example/%2563b' }],
      ['an unknown client', { client_id: 'nobody' }],
    ])('never redirects for %s (RFC 9700 §4.1)', async (_name, overrides) => {
      const answer = await new Browser(suite.outside).get(authorizeUrl(overrides).url);
      expect([answer.status, answer.location]).toEqual([400, undefined]);
      expect(answer.headers['content-security-policy']).toContain("frame-ancestors 'none'");
    });

    it('redeems a code once of 20 in parallel on two replicas and revokes what the winner got (RFC 9700 §4.14)', async () => {
      const given = await code(new Browser(suite.outside));
      const answers = await Promise.all(twenty.map((index) => redeem(given, index % 2)));
      const winners = answers.filter(({ status }) => status === 200);
      expect(winners).toHaveLength(1);
      expect(answers.filter(({ body }) => body.error === 'invalid_grant')).toHaveLength(19);
      expect(await introspect(winners[0]?.body.access_token ?? '')).toEqual({ active: false });
      expect((await refresh(winners[0]?.body.refresh_token ?? '')).body.error).toBe('invalid_grant');
    });

    it('revokes what a code got when it is presented again later', async () => {
      const given = await code(new Browser(suite.outside));
      const issued = await redeem(given);
      expect((await redeem(given, 1)).body.error).toBe('invalid_grant');
      expect(await introspect(issued.body.access_token)).toEqual({ active: false });
    });
  });

  describe('refresh token', () => {
    it('rotates, keeps scope and sign-in time, and answers the one lost retry with the same successor', async () => {
      const issued = await redeem(await code(new Browser(suite.outside)));
      const first = await refresh(issued.body.refresh_token ?? '');
      const retry = await refresh(issued.body.refresh_token ?? '', 1);
      expect([first.status, retry.status]).toEqual([200, 200]);
      expect(retry.body.refresh_token).toBe(first.body.refresh_token);
      expect(first.body.refresh_token).not.toBe(issued.body.refresh_token);
      expect(first.body.scope).toBe('openid profile offline_access');
      expect((await refresh(first.body.refresh_token ?? '')).status).toBe(200);
    });

    it('keeps one family of 20 parallel refreshes and raises the alarm: nothing of it works afterwards', async () => {
      const issued = await redeem(await code(new Browser(suite.outside)));
      const answers = await Promise.all(twenty.map((index) => refresh(issued.body.refresh_token ?? '', index % 2)));
      const winners = answers.filter(({ status }) => status === 200);
      expect(new Set(winners.map(({ body }) => body.refresh_token)).size).toBe(1);
      expect(winners.length).toBeLessThanOrEqual(2);
      expect((await refresh(winners[0]?.body.refresh_token ?? '')).body.error).toBe('invalid_grant');
      expect(await introspect(winners[0]?.body.access_token ?? '')).toEqual({ active: false });
    });

    it('refuses another client, and scopes beyond the first grant', async () => {
      const issued = await redeem(await code(new Browser(suite.outside)));
      const form = { grant_type: 'refresh_token', refresh_token: issued.body.refresh_token ?? '' };
      expect((await token(form, basic('service'))).body.error).toBe('unauthorized_client');
      expect((await token(form, basic('other'))).body.error).toBe('invalid_grant');
      expect((await token({ ...form, scope: 'openid email' }, basic('confidential'))).body.error).toBe('invalid_scope');
    });

    it('refuses people who are disabled since (threat 19)', async () => {
      const issued = await redeem(await code(new Browser(suite.outside)));
      suite.idp.users.set('alice', { active: false, claims: {} });
      try {
        expect((await refresh(issued.body.refresh_token ?? '')).body.error).toBe('invalid_grant');
      } finally {
        suite.idp.users.set('alice', { active: true, claims: { name: 'Alice' } });
      }
    });
  });

  describe('hand-over', () => {
    it("refuses the attack: a victim finishes the attacker's flow, and the attacker resumes it", async () => {
      const attacker = new Browser(suite.outside);
      const begun = await attacker.get(authorizeUrl().url);
      const releasedToVictim = await signIn(begun.location);
      // The attacker knows the resume address but not the verifier; the victim has the verifier but not the cookie.
      const resume = new URL(releasedToVictim);
      resume.searchParams.delete('login_verifier');
      const stolen = await attacker.get(resume);
      const victim = await new Browser(suite.outside).get(releasedToVictim);
      expect([stolen.status, stolen.location, victim.status, victim.location]).toEqual([
        410,
        undefined,
        410,
        undefined,
      ]);
      expect(stolen.text).toContain('Start again');
      expect((await code(new Browser(suite.outside))).code).not.toBe('');
    });

    it('takes a login verifier once of 20 in parallel on two replicas', async () => {
      const browser = new Browser(suite.outside);
      const begun = await browser.get(authorizeUrl().url);
      const released = new URL(await signIn(begun.location));
      const answers = await Promise.all(
        twenty.map((index) => {
          const there = new URL(suite.replicas[index % 2]?.url ?? '');
          released.host = there.host;
          return browser.get(new URL(released));
        }),
      );
      expect(answers.filter(({ location }) => location?.searchParams.has('code'))).toHaveLength(1);
      expect(answers.filter(({ status }) => status === 410)).toHaveLength(19);
    });

    it('refuses a made-up verifier, one of another request, and a resume without one', async () => {
      const browser = new Browser(suite.outside);
      const first = new URL(await signIn((await browser.get(authorizeUrl().url)).location));
      const other = new URL(await signIn((await new Browser(suite.outside).get(authorizeUrl().url)).location));
      for (const verifier of [randomToken(), other.searchParams.get('login_verifier') ?? '', '']) {
        const forged = new URL(first);
        forged.searchParams.set('login_verifier', verifier);
        expect((await browser.get(forged)).status).toBe(410);
      }
      expect((await browser.get(first)).status).toBe(303);
    });

    it('asks for the verifier however the resume address is spelt', async () => {
      const browser = new Browser(suite.outside);
      const back = new URL(await signIn((await browser.get(authorizeUrl().url)).location));
      const { pathname } = back;
      const other = [pathname, `${pathname}/`, pathname.replace('authorize', 'AUTHORIZE')];
      for (const path of other) expect((await browser.get(`${suite.issuer}${path}`)).status).toBe(410);
      expect((await browser.get(back)).location?.href).toMatch(/^https:\/\/client\.example\/cb\?code=/);
    });

    it('tells idp what it may show and no more', async () => {
      const { location } = await new Browser(suite.outside).get(
        authorizeUrl({ login_hint: 'alice', scope: 'openid' }).url,
      );
      const shown = await asIdp(location?.searchParams.get('login_challenge') ?? '', '');
      expect(Object.keys(shown.body).sort()).toEqual(['challenge', 'client', 'login_hint', 'prompt']);
      expect(shown.body.client).toEqual({ client_id: 'confidential', name: 'Example App', first_party: false });
    });

    it.each(['authz', 'rs', 'ops'])('refuses the identity %s, and no identity', async (identity) => {
      const { location } = await new Browser(suite.outside).get(authorizeUrl().url);
      const url = `${suite.issuer}/internal/v1/login-requests/${location?.searchParams.get('login_challenge')}`;
      for (const [dispatcher, status] of [
        [await suite.as(identity), 403],
        [suite.outside, 401],
      ] as const) {
        const response = await request(url, { dispatcher });
        await response.body.dump();
        expect(response.statusCode).toBe(status);
      }
    });

    it('answers an unknown, an answered and an expired challenge alike', async () => {
      const { location } = await new Browser(suite.outside).get(authorizeUrl().url);
      const challenge = location?.searchParams.get('login_challenge') ?? '';
      await asIdp(challenge, 'reject', { error: 'access_denied' });
      const answers = [
        await asIdp(challenge, ''),
        await asIdp(randomToken(), ''),
        await asIdp(challenge, 'accept-login', login),
      ];
      expect(answers.map(({ status, body }) => [status, body.code, body.detail])).toEqual(
        Array.from({ length: 3 }, () => [404, 'login_request_not_found', 'No such login request, or it has ended.']),
      );
    });

    it('takes no consent before a sign-in, nor for another subject', async () => {
      const { location } = await new Browser(suite.outside).get(authorizeUrl().url);
      const challenge = location?.searchParams.get('login_challenge') ?? '';
      expect((await asIdp(challenge, 'accept-consent', { sub: 'alice', scopes: [] })).body.code).toBe('wrong_step');
      await asIdp(challenge, 'accept-login', login);
      expect((await asIdp(challenge, 'accept-consent', { sub: 'mallory', scopes: [] })).body.code).toBe('wrong_step');
    });

    it('demands a fresh sign-in for prompt=login and max_age, whatever idp says', async () => {
      for (const overrides of [{ prompt: 'login' }, { max_age: '60' }]) {
        const { location } = await new Browser(suite.outside).get(authorizeUrl({ scope: 'openid', ...overrides }).url);
        const challenge = location?.searchParams.get('login_challenge') ?? '';
        const stale = await asIdp(challenge, 'accept-login', { ...login, auth_time: authTime - 3600 });
        expect([stale.status, stale.body.code]).toEqual([409, 'reauthentication_required']);
      }
    });

    it('tells the client when the person says no', async () => {
      const browser = new Browser(suite.outside);
      const begun = await browser.get(authorizeUrl().url);
      const rejected = await asIdp(begun.location?.searchParams.get('login_challenge') ?? '', 'reject', {
        error: 'access_denied',
      });
      const { location } = await browser.get(rejected.body.redirect_to);
      expect([location?.origin, location?.searchParams.get('error')]).toEqual([
        'https://client.example',
        'access_denied',
      ]);
    });
  });

  describe('client credentials', () => {
    const form = { grant_type: 'client_credentials' };

    it('issues an opaque token without a resource, and a JWT for the resource its scopes imply', async () => {
      const opaque = await token({ ...form, scope: 'read:resource' }, basic('service'));
      expect(opaque.body.access_token).not.toContain('.');
      expect(await introspect(opaque.body.access_token, 'rs')).toMatchObject({ active: true, scope: 'read:resource' });
      const jwt = await token({ ...form, scope: 'kms:encrypt' }, basic('service'));
      expect(jwt.body.access_token.split('.')).toHaveLength(3);
    });

    it('writes nothing for a JWT', async () => {
      const before = await suite.database.sql('SELECT count(*)::int AS n FROM artifact');
      const writes = `SELECT coalesce(sum(n_tup_ins + n_tup_upd + n_tup_del), 0)::int AS n FROM pg_stat_xact_user_tables`;
      expect(
        (await token({ ...form, resource: 'https://rs.example', scope: 'read:resource' }, basic('service'))).status,
      ).toBe(200);
      expect(await suite.database.sql('SELECT count(*)::int AS n FROM artifact')).toEqual(before);
      expect(await suite.database.sql(writes)).toEqual([{ n: 0 }]);
    });

    it.each([
      ['a wrong secret', { ...form }, basic('service', 'wrong-secret-of-some-length'), 401, 'invalid_client'],
      ['an unknown client', { ...form }, basic('nobody'), 401, 'invalid_client'],
      ['no client at all', { ...form }, undefined, 400, 'invalid_request'],
      [
        'a grant type it is not registered for',
        { grant_type: 'authorization_code', code: 'x', redirect_uri: redirectUri },
        basic('service'),
        400,
        'unauthorized_client',
      ],
      ['the password grant', { grant_type: 'password' }, basic('service'), 400, 'unsupported_grant_type'],
    ])('refuses %s', async (_name, body, authorization, status, error) => {
      const answer = await token(body, authorization);
      expect([answer.status, answer.body.error]).toEqual([status, error]);
    });

    it('narrows scopes to what the client may have at the resource', async () => {
      const issued = await token(
        { ...form, resource: 'https://rs.example', scope: 'read:resource admin' },
        basic('service'),
      );
      expect(issued.body.scope).toBe('read:resource');
    });
  });

  describe('introspection and revocation', () => {
    it('shows a token only to its client and to resource servers, and says no more than inactive to others', async () => {
      const issued = await redeem(await code(new Browser(suite.outside)));
      expect((await introspect(issued.body.access_token, 'rs')).active).toBe(true);
      expect(await introspect(issued.body.access_token, 'service')).toEqual({ active: false });
      expect(await introspect('made-up')).toEqual({ active: false });
    });

    it('calls tokens inactive as soon as the person or the client behind them is disabled or gone (threat 19)', async () => {
      const metadata = {
        client_secret: secret,
        redirect_uris: [redirectUri],
        grant_types: ['authorization_code', 'refresh_token'],
        scope: 'openid offline_access read:resource',
      };
      await suite.registerClient('doomed', metadata);
      const given = await code(new Browser(suite.outside), { client_id: 'doomed', scope: 'openid offline_access' });
      const form = { grant_type: 'authorization_code', code: given.code, code_verifier: given.verifier };
      const issued = await token({ ...form, redirect_uri: redirectUri }, basic('doomed'));
      const both = async (asker: string) =>
        Promise.all([issued.body.access_token, issued.body.refresh_token ?? ''].map((one) => introspect(one, asker)));
      expect(await both('rs')).toMatchObject([{ active: true }, { active: true }]);
      const alice = suite.idp.users.get('alice');
      suite.idp.users.set('alice', { active: false, claims: {} });
      try {
        for (const asker of ['rs', 'doomed']) expect(await both(asker)).toEqual([{ active: false }, { active: false }]);
      } finally {
        suite.idp.users.set('alice', alice ?? { active: true, claims: {} });
      }
      await suite.database.sql(`DELETE FROM client WHERE client_id = 'doomed'`);
      expect(await both('rs')).toEqual([{ active: false }, { active: false }]);
    });

    it('lets a client that gets the id of a removed one inherit nothing', async () => {
      const metadata = {
        client_secret: secret,
        redirect_uris: [redirectUri],
        grant_types: ['authorization_code', 'refresh_token'],
        scope: 'openid offline_access',
      };
      await suite.registerClient('heir', metadata);
      const given = await code(new Browser(suite.outside), { client_id: 'heir', scope: 'openid offline_access' });
      const form = { grant_type: 'authorization_code', code: given.code, code_verifier: given.verifier };
      const issued = await token({ ...form, redirect_uri: redirectUri }, basic('heir'));
      const ops = await suite.as('ops');
      await request(`${suite.issuer}/admin/v1/clients/heir`, { method: 'DELETE', dispatcher: ops });
      await suite.registerClient('heir', metadata);
      const refreshed = await token(
        { grant_type: 'refresh_token', refresh_token: issued.body.refresh_token ?? '' },
        basic('heir'),
      );
      expect([refreshed.status, refreshed.body.error]).toEqual([400, 'invalid_grant']);
      expect(await introspect(issued.body.access_token, 'rs')).toEqual({ active: false });
    });

    it("answers 200 for tokens it does not know or that are another client's, and revokes only own ones (RFC 7009 §2.2)", async () => {
      const issued = await redeem(await code(new Browser(suite.outside)));
      const revoke = async (value: string, client: string) => {
        const response = await request(`${suite.issuer}/oauth2/v1/revoke`, {
          method: 'POST',
          dispatcher: suite.outside,
          headers: { 'content-type': 'application/x-www-form-urlencoded', authorization: basic(client) },
          body: new URLSearchParams({ token: value }).toString(),
        });
        await response.body.dump();
        return response.statusCode;
      };
      expect(await revoke('made-up', 'confidential')).toBe(200);
      expect(await revoke(issued.body.access_token, 'service')).toBe(200);
      expect((await introspect(issued.body.access_token)).active).toBe(true);
      expect(await revoke(issued.body.refresh_token ?? '', 'confidential')).toBe(200);
      expect(await introspect(issued.body.access_token)).toEqual({ active: false });
    });
  });

  describe('sign-out', () => {
    it('asks, ends the session here and at idp, and returns to the registered address', async () => {
      const browser = new Browser(suite.outside);
      const issued = await redeem(await code(browser));
      const url = new URL(`${suite.issuer}/oauth2/v1/logout`);
      url.searchParams.set('id_token_hint', issued.body.id_token ?? '');
      url.searchParams.set('post_logout_redirect_uri', 'https://client.example/bye');
      url.searchParams.set('state', 's');
      const page = await browser.get(url);
      expect(page.text).toContain('Sign out');
      const xsrf = /name="xsrf" value="([^"]+)"/.exec(page.text)?.[1] ?? '';
      const done = await browser.post(`${suite.issuer}/oauth2/v1/logout/confirm`, { xsrf, logout: 'yes' });
      expect(done.location?.href).toBe('https://client.example/bye?state=s');
      expect(suite.idp.ended).toContain('idp-session-1');
      const again = await browser.get(authorizeUrl({ prompt: 'none', scope: 'openid' }).url);
      expect(again.location?.searchParams.get('error')).toBe('login_required');
    });

    it('ends nothing, and says 503, while idp cannot be told', async () => {
      const browser = new Browser(suite.outside);
      await code(browser);
      const page = await browser.get(`${suite.issuer}/oauth2/v1/logout`);
      const xsrf = /name="xsrf" value="([^"]+)"/.exec(page.text)?.[1] ?? '';
      suite.idp.down = true;
      const failed = await browser.post(`${suite.issuer}/oauth2/v1/logout/confirm`, { xsrf, logout: 'yes' });
      suite.idp.down = false;
      expect([failed.status, failed.headers['retry-after']]).toEqual([503, '2']);
      const done = await browser.post(`${suite.issuer}/oauth2/v1/logout/confirm`, { xsrf, logout: 'yes' });
      expect(done.status).toBe(303);
    });

    it('refuses a post-logout address that is not registered', async () => {
      const issued = await redeem(await code(new Browser(suite.outside)));
      const url = `${suite.issuer}/oauth2/v1/logout?id_token_hint=${issued.body.id_token}&post_logout_redirect_uri=https://evil.example/`;
      expect((await new Browser(suite.outside).get(url)).status).toBe(400);
    });
  });

  describe('SQL statements', () => {
    const count = (work: () => Promise<unknown>) => countStatements(suite.replicas[0]!.app.get(DataSource), work);

    it('writes 9 rows at most for a first sign-in with consent and the code exchange, with a JWT access token', async () => {
      const resource = 'https://rs.example';
      const { writes } = await count(async () => {
        const given = await code(new Browser(suite.outside), {
          resource,
          scope: 'openid offline_access read:resource',
        });
        expect((await redeem(given)).status).toBe(200);
      });
      expect(writes).toBeLessThanOrEqual(9);
    });

    it('writes nothing for a JWT by client credentials, and twice for a refresh', async () => {
      const form = { grant_type: 'client_credentials', resource: 'https://rs.example', scope: 'read:resource' };
      expect(await count(() => token(form, basic('service')))).toEqual({ reads: 1, writes: 0 });
      const given = await code(new Browser(suite.outside), {
        resource: 'https://rs.example',
        scope: 'openid offline_access read:resource',
      });
      const issued = await redeem(given);
      const refreshed = await count(() => refresh(issued.body.refresh_token ?? ''));
      expect(refreshed.writes).toBe(2);
    });
  });

  describe('while the key service is sealed', () => {
    it('answers issuance with 503 and Retry-After, loses nothing, and goes on with what needs no key', async () => {
      const given = await code(new Browser(suite.outside));
      suite.kms.sealed = true;
      const refused = await redeem(given);
      const healthy = await request(`${suite.issuer}/oauth2/v1/jwks`, { dispatcher: suite.outside });
      await healthy.body.dump();
      suite.kms.sealed = false;
      expect([refused.status, refused.body.error, Number(refused.headers['retry-after']) > 0]).toEqual([
        503,
        'temporarily_unavailable',
        true,
      ]);
      expect(healthy.statusCode).toBe(200);
      expect((await redeem(given, 1)).status).toBe(200);
    });
  });
});
