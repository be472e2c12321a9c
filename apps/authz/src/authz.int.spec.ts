import { afterAll, describe, expect, it } from '@jest/globals';
import { randomToken, verifyJwt } from '@cryptoutil/crypto';
import { request as httpsRequest } from 'node:https';
import { request } from 'undici';
import { Browser } from './browser.fixture.js';
import { protocolFixture, redirectUri } from './protocol.fixture.js';

const twenty = Array.from({ length: 20 }, (_, index) => index);
const { suite, authTime, login, authorizeUrl, asIdp, signIn, code, token, redeem, refresh, introspect, jwks } =
  await protocolFixture();
afterAll(() => suite.close());

describe('authz', () => {
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

    it('gives a token for userinfo when several resources were granted and the token request names none', async () => {
      const { url, verifier } = authorizeUrl({ scope: 'openid read:resource', resource: 'https://rs.example' });
      url.searchParams.append('resource', suite.issuer);
      const browser = new Browser(suite.outside);
      const begun = await browser.get(url);
      const back = await browser.get(await signIn(begun.location));
      const issued = await redeem({ code: back.location?.searchParams.get('code') ?? '', verifier });
      expect([issued.status, issued.body.error_description]).toEqual([200, undefined]);
      expect(issued.body.access_token.split('.')).toHaveLength(1);
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
});
