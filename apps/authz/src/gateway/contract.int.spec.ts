import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { hmacSha256 } from '@cryptoutil/crypto';
import { readFileSync } from 'node:fs';
import {
  BASE,
  gatewayFixture,
  until,
  usersUrl,
  type CallOptions,
  type GatewayFixture,
  type Reply,
} from './gateway.fixture.js';

const uuid = /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/;
const good = { client_id: 'test-client', client_secret: 'test-secret-123', grant_type: 'client_credentials' };
const long = 'x'.repeat(256);
const nobody = 'Invalid client credentials';

describe('the contract of Auth Service v1.0', () => {
  let gateway: GatewayFixture;
  beforeAll(async () => {
    gateway = await gatewayFixture({
      replicas: 2,
      env: { CRYPTOUTIL_AUTH_SERVICE_CORS_ORIGINS: 'https://app.example' },
    });
  }, 60_000);
  afterAll(() => gateway?.close());

  const post = (path: string, body?: CallOptions['body'], headers: Record<string, string> = {}) =>
    gateway.call(path, { method: 'POST', body, headers });
  const claimsOf = (token: string) => JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString());
  const forged = (change: (claims: any, header: any) => void, token: string) => {
    const [header, payload] = token.split('.').map((part) => part);
    const [h, p] = [header!, payload!].map((part) => JSON.parse(Buffer.from(part, 'base64url').toString()));
    change(p, h);
    const signed = [h, p].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
    const key = readFileSync(gateway.secretFiles.current);
    return `${signed}.${hmacSha256(key, signed).toString('base64url')}`;
  };

  describe('paths and methods', () => {
    it.each([
      ['GET', `${BASE}/`, 200],
      ['GET', '/health', 200],
      ['GET', '/metrics', 200],
      ['GET', '/debug/pprof/', 404],
      ['GET', '/', 404],
      ['GET', `${BASE}/token`, 404],
      ['PUT', `${BASE}/token`, 404],
      ['DELETE', `${BASE}/validate`, 404],
      ['POST', `${BASE}/`, 404],
      ['POST', `${BASE}/unknown`, 404],
      ['POST', '/health', 404],
      ['OPTIONS', `${BASE}/token`, 204],
    ])('%s %s → %i', async (method, path, status) => {
      const reply = await gateway.call(path, { method });
      expect(reply.status).toBe(status);
      if (status === 404)
        expect(reply.json).toMatchObject({ error: 'not_found', request_id: expect.stringMatching(uuid) });
    });

    it('GET B/ says exactly ok', async () => {
      const reply = await gateway.call(`${BASE}/`);
      expect([reply.text, reply.headers['content-type']]).toEqual(['ok', 'text/plain; charset=utf-8']);
    });

    it('GET B leads to B/', async () => {
      const reply = await gateway.call(BASE);
      expect([reply.status, reply.headers.location]).toEqual([301, `${BASE}/`]);
    });
  });

  it.each([`${BASE}/`, '/health', '/nowhere', `${BASE}/token`])('%s has every security header', async (path) => {
    const { headers } = await gateway.call(path);
    expect(headers).toMatchObject({
      'strict-transport-security': 'max-age=31536000; includeSubDomains; preload',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'strict-origin-when-cross-origin',
      'permissions-policy': expect.stringContaining('camera=()'),
      'content-security-policy': expect.stringContaining("default-src 'none'"),
      'cache-control': 'no-store',
      'x-request-id': expect.stringMatching(uuid),
    });
  });

  describe('POST B/token', () => {
    it.each([
      ['no body', undefined, 400, 'Invalid JSON format'],
      ['not JSON', 'hello', 400, 'Invalid JSON format'],
      ['half a document', '{"client_id":', 400, 'Invalid JSON format'],
      ['something after the document', `${JSON.stringify(good)} x`, 400, 'Invalid JSON format'],
      ['an array', [good], 400, 'Invalid JSON format'],
      ['a number as client_id', { ...good, client_id: 5 }, 400, 'Invalid JSON format'],
      ['an object as client_secret', { ...good, client_secret: {} }, 400, 'Invalid JSON format'],
      ['a raw NUL', `{"client_id":"a\0b"}`, 400, 'Invalid JSON format'],
      ['bytes that are no UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]), 400, 'Invalid JSON format'],
      ['a member twice', '{"client_id":"a","client_id":"test-client"}', 400, 'Invalid JSON format'],
      [
        'a member twice, spelt differently',
        String.raw`{"client_id":"a","client\u005fid":"b"}`,
        400,
        'Invalid JSON format',
      ],
      ['deep nesting', `{"x":${'['.repeat(20_000)}${']'.repeat(20_000)}}`, 400, 'Invalid JSON format'],
      ['a huge body', { ...good, padding: 'x'.repeat(100_000) }, 400, 'Invalid JSON format'],
      ['an empty object', {}, 400, 'client_id is required'],
      ['null as client_id', { ...good, client_id: null }, 400, 'client_id is required'],
      ['an empty client_id', { ...good, client_id: '' }, 400, 'client_id is required'],
      ['a long client_id', { ...good, client_id: long }, 400, 'client_id exceeds maximum length (255 characters)'],
      ['no client_secret', { ...good, client_secret: undefined }, 400, 'client_secret is required'],
      ['a long secret', { ...good, client_secret: long }, 400, 'client_secret exceeds maximum length (255 characters)'],
      ['no grant_type', { ...good, grant_type: undefined }, 400, 'grant_type is required'],
      [
        'another grant_type',
        { ...good, grant_type: 'password' },
        400,
        "invalid grant_type: only 'client_credentials' is supported",
      ],
      ['an unknown client', { ...good, client_id: 'nobody' }, 401, nobody],
      ['a client with NUL', { ...good, client_id: 'test-client\0' }, 401, nobody],
      ['a wrong secret', { ...good, client_secret: 'wrong' }, 401, nobody],
      ["another client's secret", { ...good, client_secret: 'secret-key-456' }, 401, nobody],
    ])('%s', async (_, body, status, description) => {
      const reply = await post(`${BASE}/token`, body);
      expect(reply.json).toEqual({
        error: status === 400 ? 'invalid_request' : 'unauthorized',
        error_description: description,
        request_id: reply.headers['x-request-id'],
      });
      expect(reply.status).toBe(status);
    });

    it('answers exactly access_token, token_type and expires_in', async () => {
      const reply = await post(`${BASE}/token`, { ...good, scope: 'write:ltp', more: { fields: [1] } });
      expect(reply.status).toBe(200);
      expect(Object.keys(reply.json)).toEqual(['access_token', 'token_type', 'expires_in']);
      expect(reply.json).toMatchObject({ token_type: 'Bearer', expires_in: 3600 });
      expect(reply.headers['content-type']).toBe('application/json');
    });

    it.each([
      ['JSON called a form', JSON.stringify(good), 'application/x-www-form-urlencoded'],
      ['JSON called text', JSON.stringify(good), 'text/plain'],
      ['a form', new URLSearchParams(good).toString(), 'application/x-www-form-urlencoded'],
    ])('takes %s', async (_, body, type) => {
      expect((await post(`${BASE}/token`, body, { 'content-type': type })).status).toBe(200);
    });

    const basic = `Basic ${Buffer.from('test-client:test-secret-123').toString('base64')}`;
    it('takes HTTP Basic', async () => {
      expect((await post(`${BASE}/token`, { grant_type: good.grant_type }, { authorization: basic })).status).toBe(200);
    });
    it.each([
      ['credentials in two places', good, basic],
      ['Basic of another client', { ...good, client_secret: undefined, client_id: 'test-client-2' }, basic],
      ['Basic that is no base64', { grant_type: good.grant_type }, 'Basic %%%'],
      ['Basic without a colon', { grant_type: good.grant_type }, `Basic ${Buffer.from('x').toString('base64')}`],
      [
        'Basic with a broken escape',
        { grant_type: good.grant_type },
        `Basic ${Buffer.from('a%:b').toString('base64')}`,
      ],
    ])('refuses %s', async (_, body, authorization) => {
      expect((await post(`${BASE}/token`, body, { authorization })).status).toBe(400);
    });
    it('refuses a form with a parameter twice', async () => {
      const body = `${new URLSearchParams(good)}&client_id=test-client`;
      const reply = await post(`${BASE}/token`, body, { 'content-type': 'application/x-www-form-urlencoded' });
      expect(reply.status).toBe(400);
    });

    it('issues the claims of the contract', async () => {
      const token = await gateway.token();
      const header = JSON.parse(Buffer.from(token.split('.')[0]!, 'base64url').toString());
      expect(header).toEqual({ alg: 'HS256', typ: 'JWT', kid: expect.stringMatching(/^[\w-]{16}$/) });
      const claims = claimsOf(token);
      expect(claims).toEqual({
        client_id: 'test-client',
        client_since: expect.any(Number),
        token_id: expect.stringMatching(/^[0-9a-f]{32}$/),
        token_type: 'N',
        scopes: ['read:ltp', 'read:quote'],
        iss: 'auth-server',
        aud: 'auth-server',
        exp: claims.iat + 3600,
        nbf: claims.iat,
        iat: expect.any(Number),
        jti: claims.token_id,
        sub: 'test-client',
      });
    });
  });

  describe.each(['ott', 'one-time-token'])('POST B/%s', (path) => {
    it.each([
      ['not JSON', 'x', 400, 'Invalid JSON format'],
      ['no credentials', {}, 401, nobody],
      ['no secret', { client_id: 'test-client' }, 401, nobody],
      ['a wrong secret before the grant', { ...good, client_secret: 'no', grant_type: 'x' }, 401, nobody],
      ['no grant', { ...good, grant_type: undefined }, 400, 'Unsupported grant type'],
      ['another grant', { ...good, grant_type: 'password' }, 400, 'Unsupported grant type'],
    ])('%s', async (_, body, status, description) => {
      const reply = await post(`${BASE}/${path}`, body);
      expect([reply.status, reply.json.error_description]).toEqual([status, description]);
    });

    it('issues a token that lives 120 s', async () => {
      const reply = await post(`${BASE}/${path}`, good);
      expect(reply.json).toEqual({ access_token: expect.any(String), token_type: 'Bearer', expires_in: 120 });
      const claims = claimsOf(reply.json.access_token);
      expect([claims.token_type, claims.exp - claims.iat]).toEqual(['O', 120]);
    });
  });

  describe('POST B/validate', () => {
    let token: string;
    beforeAll(async () => {
      token = await gateway.token();
    });
    const ask = (headers: Record<string, string>, body?: object) => post(`${BASE}/validate`, body, headers);
    const other = 'http://localhost:8082/resource1';

    it.each<[string, () => Record<string, string>, number, string]>([
      [
        'no URL',
        () => ({ authorization: `Bearer ${token}` }),
        400,
        'Missing X-Forwarded-For header (resource endpoint)',
      ],
      ['no URL goes before everything', () => ({}), 400, 'Missing X-Forwarded-For header (resource endpoint)'],
      [
        'an unknown URL goes before the token',
        () => ({ 'x-forwarded-for': 'http://x/' }),
        401,
        'Unauthorized scope for endpoint',
      ],
      [
        'an inactive one',
        () => ({ 'x-forwarded-for': 'http://localhost:8082/resource2' }),
        401,
        'Unauthorized scope for endpoint',
      ],
      ['no Authorization', () => ({ 'x-forwarded-for': usersUrl }), 401, 'Missing Authorization header'],
      ['Basic', () => ({ 'x-forwarded-for': usersUrl, authorization: 'Basic eDp5' }), 401, 'Bearer token required'],
      ['no token', () => ({ 'x-forwarded-for': usersUrl, authorization: 'Bearer x' }), 401, 'Invalid or expired token'],
      [
        'a cut token',
        () => ({ 'x-forwarded-for': usersUrl, authorization: `Bearer ${token.slice(0, -1)}` }),
        401,
        'Invalid or expired token',
      ],
      [
        'two URLs',
        () => ({ 'x-forwarded-for': usersUrl, 'x-original-url': other, authorization: `Bearer ${token}` }),
        400,
        'The request names more than one resource endpoint',
      ],
    ])('%s', async (_, headers, status, description) => {
      const reply = await ask(headers());
      expect([reply.status, reply.json.error_description]).toEqual([status, description]);
      expect(reply.json.error).toBe(status === 400 ? 'invalid_request' : 'unauthorized');
    });

    it('answers valid, client_id, expires_at and scopes in this order', async () => {
      const reply = await gateway.validate(token);
      expect(reply.status).toBe(200);
      const expires = new Date(claimsOf(token).exp * 1000).toISOString().replace('.000Z', 'Z');
      expect(reply.text).toBe(
        JSON.stringify({
          valid: true,
          client_id: 'test-client',
          expires_at: expires,
          scopes: ['read:ltp', 'read:quote'],
        }),
      );
    });

    it.each<[string, Record<string, string>, object | undefined]>([
      ['X-Forwarded-For', { 'x-forwarded-for': usersUrl }, undefined],
      ['X-Original-URL and method', { 'x-original-url': usersUrl, 'x-original-method': 'get' }, undefined],
      ['the body', {}, { endpoint_url: usersUrl }],
      ['the body with a method', {}, { endpoint_url: usersUrl, method: 'GET' }],
      [
        'the body, behind a proxy that lists addresses',
        { 'x-forwarded-for': '10.0.0.1, 10.0.0.2' },
        { endpoint_url: usersUrl },
      ],
      [
        'the same URL in all places',
        { 'x-forwarded-for': usersUrl, 'x-original-url': usersUrl },
        { endpoint_url: usersUrl },
      ],
      ['a URL with a query', { 'x-forwarded-for': `${usersUrl}?page=2` }, undefined],
    ])('takes the URL from %s', async (_, headers, body) => {
      expect((await ask({ ...headers, authorization: `Bearer ${token}` }, body)).status).toBe(200);
    });

    it('says in WWW-Authenticate what is missing, and what is wrong with a token (RFC 6750 §3.1, RFC 6749 §5.2)', async () => {
      const url = { 'x-forwarded-for': usersUrl };
      const challenge = async (reply: Promise<Reply>) => (await reply).headers['www-authenticate'];
      const bearer = 'Bearer realm="auth-server"';
      const invalid = `${bearer}, error="invalid_token", error_description="Invalid or expired token"`;
      expect(await challenge(ask(url))).toBe(bearer);
      expect(await challenge(ask({ ...url, authorization: 'Bearer x' }))).toBe(invalid);
      expect(await challenge(gateway.revoke('x'))).toBe(invalid);
      expect(await challenge(gateway.validate(await gateway.token('test-client-2')))).toBe(
        `${bearer}, error="insufficient_scope", error_description="Resource not in token scopes"`,
      );
      for (const kind of ['token', 'ott'])
        expect(await challenge(post(`${BASE}/${kind}`, { ...good, client_secret: 'wrong' }))).toBe(
          'Basic realm="auth-server"',
        );
      expect(await challenge(ask({ ...url, authorization: `Bearer ${token}` }))).toBeUndefined();
    });

    it('answers 403 when the scope is not among the token’s', async () => {
      const reply = await gateway.validate(await gateway.token('test-client-2'));
      expect(reply.status).toBe(403);
      expect(reply.json).toMatchObject({ error: 'forbidden', error_description: 'Resource not in token scopes' });
    });

    it.each<[string, (claims: any, header: any) => void]>([
      ['alg none', (_, header) => (header.alg = 'none')],
      ['HS512', (_, header) => (header.alg = 'HS512')],
      ['an unknown kid', (_, header) => (header.kid = 'x')],
      ['no kid', (_, header) => delete header.kid],
      ['another issuer', (claims) => (claims.iss = 'x')],
      ['another audience', (claims) => (claims.aud = 'x')],
      ['a list of audiences', (claims) => (claims.aud = ['auth-server'])],
      ['the past', (claims) => (claims.exp = 1)],
      ['no expiry', (claims) => delete claims.exp],
      ['the future', (claims) => (claims.nbf += 60)],
      ['no token_id', (claims) => delete claims.token_id],
      ['an upper-case token_id', (claims) => (claims.token_id = 'A'.repeat(32))],
      ['another token_type', (claims) => (claims.token_type = 'X')],
      ['scopes as text', (claims) => (claims.scopes = 'read:ltp')],
      ['a client that is not there', (claims) => (claims.client_id = 'nobody')],
    ])('refuses a token that is signed with the right key but has %s', async (_, change) => {
      expect((await gateway.validate(forged(() => undefined, token))).status).toBe(200);
      const reply = await gateway.validate(forged(change, token));
      expect([reply.status, reply.json.error_description]).toEqual([401, 'Invalid or expired token']);
    });
  });

  describe('one-time tokens and revocation', () => {
    it('50 parallel validates of one OTT on two replicas → exactly one 200', async () => {
      for (let round = 0; round < 5; round += 1) {
        const token = await gateway.token('test-client', 'ott');
        const replies = await Promise.all(
          Array.from({ length: 50 }, (_, index) => gateway.validate(token, usersUrl, index % 2)),
        );
        expect(replies.filter(({ status }) => status === 200)).toHaveLength(1);
        expect(replies.filter(({ status }) => status === 401)).toHaveLength(49);
      }
    });

    it('a scope refusal consumes an OTT too, other refusals do not', async () => {
      const token = await gateway.token('test-client-2', 'ott');
      expect((await gateway.validate(token, 'http://x/')).status).toBe(401);
      expect((await gateway.validate(token)).status).toBe(403);
      expect((await gateway.validate(token)).status).toBe(401);
    });

    it('a revoked OTT cannot be used, and a used one not be revoked', async () => {
      const [revoked, used] = [await gateway.token('test-client', 'ott'), await gateway.token('test-client', 'ott')];
      expect((await gateway.revoke(revoked)).status).toBe(200);
      expect((await gateway.validate(revoked)).status).toBe(401);
      expect((await gateway.validate(used)).status).toBe(200);
      expect((await gateway.revoke(used, 1)).status).toBe(401);
    });

    it('a revoked token is refused at once here, and at the other replica when it has heard', async () => {
      const token = await gateway.token();
      expect((await gateway.validate(token, usersUrl, 1)).status).toBe(200);
      const reply = await gateway.revoke(token);
      expect([reply.status, reply.text]).toEqual([200, '{"message":"Token revoked successfully"}']);
      expect((await gateway.validate(token)).json.error_description).toBe('Invalid or expired token');
      expect((await gateway.revoke(token)).json.error_description).toBe('Invalid or expired token');
      expect((await gateway.revoke(token, 1)).status).toBe(401);
      await until(async () => (await gateway.validate(token, usersUrl, 1)).status === 401);
    });

    it('of 20 parallel revocations of one token one answers 200', async () => {
      const token = await gateway.token();
      const replies = await Promise.all(Array.from({ length: 20 }, (_, index) => gateway.revoke(token, index % 2)));
      expect(replies.filter(({ status }) => status === 200)).toHaveLength(1);
    });

    it.each([
      ['no header', {}, 'Authorization header required'],
      ['Basic', { authorization: 'Basic eDp5' }, 'Bearer token required'],
      ['no token of ours', { authorization: 'Bearer a.b.c' }, 'Invalid or expired token'],
    ])('revoke with %s', async (_, headers: Record<string, string>, description) => {
      const reply = await post(`${BASE}/revoke`, undefined, headers);
      expect([reply.status, reply.json.error_description]).toEqual([401, description]);
    });
  });

  describe('CORS', () => {
    it('lets the configured origin in', async () => {
      const reply = await gateway.call(`${BASE}/token`, {
        method: 'OPTIONS',
        headers: { origin: 'https://app.example' },
      });
      expect(reply.headers).toMatchObject({ 'access-control-allow-origin': 'https://app.example', vary: 'Origin' });
      expect(reply.headers['access-control-allow-methods']).toContain('POST');
    });
    it.each(['https://evil.example', 'null'])('gives %s nothing', async (origin) => {
      const reply = await gateway.call(`${BASE}/`, { headers: { origin } });
      expect(reply.headers['access-control-allow-origin']).toBeUndefined();
      expect(reply.headers.vary).toBe('Origin');
    });
  });
});
