import { afterAll, describe, expect, it } from '@jest/globals';
import { countStatements } from '@cryptoutil/testing';
import { DataSource } from 'typeorm';
import { request } from 'undici';
import { Browser } from './browser.fixture.js';
import { protocolFixture, basic, redirectUri, secret } from './protocol.fixture.js';

const twenty = Array.from({ length: 20 }, (_, index) => index);
const { suite, authorizeUrl, signIn, code, token, redeem, refresh, introspect } = await protocolFixture();
afterAll(() => suite.close());

describe('authz: tokens and sign-out', () => {
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

  describe('client credentials', () => {
    const form = { grant_type: 'client_credentials' };

    it('issues an opaque token without a resource, and a JWT for the resource its scopes imply', async () => {
      const opaque = await token({ ...form, scope: 'read:resource' }, basic('service'));
      expect(opaque.body.access_token).not.toContain('.');
      expect(await introspect(opaque.body.access_token, 'rs')).toMatchObject({ active: true, scope: 'read:resource' });
      const jwt = await token({ ...form, scope: 'kms:encrypt' }, basic('service'));
      expect(jwt.body.access_token.split('.')).toHaveLength(3);
    });

    it('names the tenant of the client in either form, and none for a client without one', async () => {
      const registration = {
        client_secret: secret,
        grant_types: ['client_credentials'],
        scope: 'read:resource kms:encrypt',
      };
      await suite.registerClient('of-acme', { ...registration, tenant: 'acme' });
      const of = async (client: string, scope: string) =>
        (await token({ ...form, scope }, basic(client))).body.access_token;
      const claims = (jwt: string) => JSON.parse(Buffer.from(jwt.split('.')[1]!, 'base64url').toString());
      expect(claims(await of('of-acme', 'kms:encrypt'))).toMatchObject({ client_id: 'of-acme', tenant: 'acme' });
      expect(await introspect(await of('of-acme', 'read:resource'), 'rs')).toMatchObject({
        active: true,
        tenant: 'acme',
      });
      expect(claims(await of('service', 'kms:encrypt'))).not.toHaveProperty('tenant');
      // What the caller asks for is not looked at: the registration alone says it.
      const { body } = await token({ ...form, scope: 'kms:encrypt', tenant: 'acme' }, basic('service'));
      expect(claims(body.access_token)).not.toHaveProperty('tenant');
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
      ['no client at all', { ...form }, undefined, 401, 'invalid_client'],
      ['scopes of which it has none', { ...form, scope: 'authz:admin x' }, basic('service'), 400, 'invalid_scope'],
      [
        'scopes of which none is of the resource',
        { ...form, scope: 'kms:encrypt', resource: 'https://rs.example' },
        basic('service'),
        400,
        'invalid_scope',
      ],
      [
        'a grant type it is not registered for',
        { grant_type: 'authorization_code', code: 'x', redirect_uri: redirectUri },
        basic('service'),
        400,
        'unauthorized_client',
      ],
      ['the password grant', { grant_type: 'password' }, basic('service'), 400, 'unsupported_grant_type'],
    ])('refuses %s', async (_name, body, authorization, status, error) => {
      const before = await suite.database.sql('SELECT count(*)::int AS n FROM artifact');
      const answer = await token(body, authorization);
      expect([answer.status, answer.body.error]).toEqual([status, error]);
      expect(answer.headers['www-authenticate']?.slice(0, 6)).toBe(status === 401 ? 'Basic ' : undefined);
      expect(answer.body).not.toHaveProperty('access_token');
      expect(await suite.database.sql('SELECT count(*)::int AS n FROM artifact')).toEqual(before);
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
      expect(await introspect(issued.body.refresh_token ?? '', 'rs')).toEqual({ active: false });
      expect((await introspect(issued.body.refresh_token ?? '')).active).toBe(true);
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
      expect(await both('doomed')).toMatchObject([{ active: true }, { active: true }]);
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

    it('shows a JWT to its client and its audience until it ends, or the client or the person is gone', async () => {
      const resource = 'https://rs.example';
      const issued = await token(
        { grant_type: 'client_credentials', scope: 'read:resource', resource },
        basic('service'),
      );
      const jwt = issued.body.access_token;
      const active = {
        active: true,
        aud: resource,
        client_id: 'service',
        scope: 'read:resource',
        token_type: 'Bearer',
      };
      for (const asker of ['rs', 'service']) expect(await introspect(jwt, asker)).toMatchObject(active);
      expect(await introspect(jwt, 'other')).toEqual({ active: false });
      await suite.registerClient('kms-itself', {
        client_secret: secret,
        grant_types: ['client_credentials'],
        resource_indicator: 'https://kms.example',
      });
      expect(await introspect(jwt, 'kms-itself')).toEqual({ active: false });

      const given = await code(new Browser(suite.outside), { scope: 'openid read:resource', resource });
      const person = (await redeem(given)).body.access_token;
      expect(await introspect(person, 'rs')).toMatchObject({ active: true, sub: 'alice' });
      const alice = suite.idp.users.get('alice')!;
      suite.idp.users.set('alice', { active: false, claims: {} });
      try {
        expect(await introspect(person, 'rs')).toEqual({ active: false });
      } finally {
        suite.idp.users.set('alice', alice);
      }
    });

    it('calls what only looks like a JWT inactive, and is no error for it', async () => {
      const { body } = await token({ grant_type: 'client_credentials', scope: 'kms:encrypt' }, basic('service'));
      const [header = '', payload = '', signature = ''] = body.access_token.split('.');
      const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
      for (const odd of [
        `${body.access_token}=`,
        `${header}.${payload}`,
        `${header}.x.${signature}`,
        `${part({ alg: 'none', typ: 'at+jwt' })}.${payload}.`,
        `${header}.${part({ aud: 'https://rs.example', client_id: 'service' })}.${signature}`,
      ])
        for (const asker of ['rs', 'service']) expect(await introspect(odd, asker)).toEqual({ active: false });
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

    it('at idp alone means a new sign-in at the next authorization request, and 503 while idp cannot be asked', async () => {
      const browser = new Browser(suite.outside);
      await code(browser);
      const silent = async () => browser.get(authorizeUrl({ prompt: 'none', scope: 'openid' }).url);
      expect((await silent()).location?.searchParams.get('code')).toBeTruthy();
      suite.idp.down = true;
      const refused = await silent();
      suite.idp.down = false;
      expect([refused.status, refused.headers['retry-after']]).toEqual([503, '2']);
      suite.idp.owner = 'mallory';
      expect((await silent()).location?.searchParams.get('error')).toBe('login_required');
      suite.idp.owner = 'alice';
      suite.idp.signedOut.add('idp-session-1');
      try {
        expect((await silent()).location?.searchParams.get('error')).toBe('login_required');
        const begun = await browser.get(authorizeUrl().url);
        expect(begun.location?.searchParams.get('login_challenge')).toBeTruthy();
        const back = await browser.get(await signIn(begun.location));
        expect(back.location?.searchParams.get('code')).toBeTruthy();
      } finally {
        suite.idp.signedOut.clear();
      }
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
