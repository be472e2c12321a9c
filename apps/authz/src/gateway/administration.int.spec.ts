import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { request } from 'undici';
import { BASE, gatewayFixture, tokenRequest, until, usersUrl, type GatewayFixture } from './gateway.fixture.js';

describe('administration of the Auth Service', () => {
  let gateway: GatewayFixture;
  beforeAll(async () => {
    gateway = await gatewayFixture({ replicas: 2 });
  }, 60_000);
  afterAll(() => gateway?.close());

  it('registers, shows, changes and removes a client, and never shows its secret', async () => {
    const body = { client_secret: 's3cret', allowed_scopes: ['read:ltp'], access_token_ttl: 60 };
    const put = await gateway.admin('/clients/a%2Fb', { method: 'PUT', body });
    expect([put.status, put.json.client_id, put.text.includes('s3cret')]).toEqual([201, 'a/b', false]);
    expect((await gateway.call(`${BASE}/token`, tokenRequest('a/b', 's3cret'))).json.expires_in).toBe(60);
    const again = await gateway.admin('/clients/a%2Fb', { method: 'PUT', body: { allowed_scopes: [] } });
    expect([again.status, again.json.allowed_scopes]).toEqual([200, []]);
    expect((await gateway.call(`${BASE}/token`, tokenRequest('a/b', 's3cret'))).status).toBe(200);
    expect((await gateway.admin('/clients?limit=1')).json).toMatchObject({
      items: [{ client_id: 'a/b' }],
      next_after: 'a/b',
    });
    expect((await gateway.admin('/clients/a%2Fb')).status).toBe(200);
    expect((await gateway.admin('/clients/a%2Fb', { method: 'DELETE' })).status).toBe(204);
    for (const method of ['GET', 'DELETE'])
      expect((await gateway.admin('/clients/a%2Fb', { method })).status).toBe(404);
    expect((await gateway.admin('/clients/a%2Fb', { method: 'PATCH', body: { active: true } })).status).toBe(404);
    expect((await gateway.call(`${BASE}/token`, tokenRequest('a/b', 's3cret'))).status).toBe(401);
  });

  it.each([
    ['a new client without a secret', { allowed_scopes: [] }],
    ['too long a life', { client_secret: 'x', access_token_ttl: 86_401 }],
    ['no scope name', { client_secret: 'x', allowed_scopes: ['a b'] }],
    ['an unknown field', { client_secret: 'x', secret: 'y' }],
  ])('refuses %s', async (_, body) => {
    expect((await gateway.admin('/clients/new', { method: 'PUT', body })).json.code).toBe('invalid_request');
  });

  it('needs the identity ops', async () => {
    for (const path of ['clients', 'endpoints']) {
      const url = `${gateway.replicas[0]!.admin}/admin/v1/auth-service/${path}`;
      const { statusCode, body } = await request(url, { dispatcher: gateway.outside });
      await body.dump();
      expect(statusCode).toBe(401);
    }
  });

  it('a disabled client gets no token and its tokens are refused, on every replica', async () => {
    await gateway.admin('/clients/brief', {
      method: 'PUT',
      body: { client_secret: 'one', allowed_scopes: ['read:ltp'] },
    });
    const token = (await gateway.call(`${BASE}/token`, tokenRequest('brief', 'one'))).json.access_token;
    expect((await gateway.validate(token)).status).toBe(200);
    await gateway.admin('/clients/brief', { method: 'PATCH', body: { active: false } });
    expect((await gateway.validate(token)).status).toBe(401);
    expect((await gateway.call(`${BASE}/token`, tokenRequest('brief', 'one'))).status).toBe(401);
    await until(async () => (await gateway.validate(token, usersUrl, 1)).status === 401);
    await gateway.admin('/clients/brief', { method: 'PATCH', body: { active: true, client_secret: 'two' } });
    expect((await gateway.call(`${BASE}/token`, tokenRequest('brief', 'one'))).status).toBe(401);
    expect((await gateway.call(`${BASE}/token`, tokenRequest('brief', 'two'))).status).toBe(200);
    await until(async () => (await gateway.call(`${BASE}/token`, tokenRequest('brief', 'two'), 1)).status === 200);
  });

  it('a client that is registered under the id of a removed one inherits none of its tokens', async () => {
    const register = (secret: string) =>
      gateway.admin('/clients/again', {
        method: 'PUT',
        body: { client_secret: secret, allowed_scopes: ['read:ltp'] },
      });
    const tokenOf = async (secret: string): Promise<string> =>
      (await gateway.call(`${BASE}/token`, tokenRequest('again', secret))).json.access_token;
    await register('one');
    const before = await tokenOf('one');
    await register('two');
    expect((await gateway.validate(before)).status).toBe(200);
    expect((await gateway.admin('/clients/again', { method: 'DELETE' })).status).toBe(204);
    await register('three');
    const after = await tokenOf('three');
    expect([(await gateway.validate(before)).status, (await gateway.revoke(before)).status]).toEqual([401, 401]);
    expect((await gateway.validate(after)).status).toBe(200);
    await until(async () => (await gateway.validate(after, usersUrl, 1)).status === 200);
    expect((await gateway.validate(before, usersUrl, 1)).status).toBe(401);
  });

  it('an endpoint is effective at once, and gone at once', async () => {
    const token = await gateway.token();
    const url = 'http://new.example/a';
    const { json } = await gateway.admin('/endpoints', {
      method: 'POST',
      body: { url, scope: 'read:ltp', method: 'get' },
    });
    expect(json).toMatchObject({ url, method: 'GET', active: true });
    expect(
      (await gateway.admin('/endpoints', { method: 'POST', body: { url, scope: 'read:quote', method: 'GET' } })).status,
    ).toBe(200);
    expect((await gateway.validate(token, url)).status).toBe(200);
    const path = `/endpoints/${json.id}`;
    expect((await gateway.admin(path)).json.scope).toBe('read:quote');
    await gateway.admin(path, { method: 'PATCH', body: { active: false } });
    expect((await gateway.validate(token, url)).json.error_description).toBe('Unauthorized scope for endpoint');
    await gateway.admin(path, { method: 'PATCH', body: { active: true } });
    await until(async () => (await gateway.validate(token, url, 1)).status === 200);
    expect((await gateway.admin(path, { method: 'DELETE' })).status).toBe(204);
    expect((await gateway.validate(token, url)).status).toBe(401);
    for (const method of ['GET', 'DELETE']) expect((await gateway.admin(path, { method })).status).toBe(404);
    expect((await gateway.admin('/endpoints?limit=2')).json.items).toHaveLength(2);
  });
});
