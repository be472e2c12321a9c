import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { request, type Dispatcher } from 'undici';
import { authzFixture, type AuthzFixture } from '../authz.fixture.js';

const web = { token_endpoint_auth_method: 'none', redirect_uris: ['https://client.example/cb'] };
const confidential = {
  ...web,
  token_endpoint_auth_method: 'client_secret_basic',
  client_secret: 'a-long-client-secret',
};

describe('client administration', () => {
  let suite: AuthzFixture;
  let ops: Dispatcher;

  beforeAll(async () => {
    suite = await authzFixture();
    ops = await suite.as('ops');
  }, 60_000);
  afterAll(() => suite.close());

  const call = async (method: 'GET' | 'PUT' | 'DELETE', path: string, body?: object, dispatcher = ops) => {
    const response = await request(`${suite.issuer}/admin/v1/clients${path}`, {
      method,
      dispatcher,
      headers: body ? { 'content-type': 'application/json' } : {},
      body: body ? JSON.stringify(body) : undefined,
    });
    const text = await response.body.text();
    return { status: response.statusCode, json: text ? JSON.parse(text) : undefined };
  };

  it('registers, replaces, shows, lists and removes; never shows a secret or its hash', async () => {
    expect((await call('PUT', '/a', confidential)).status).toBe(201);
    const replaced = await call('PUT', '/a', { ...confidential, client_secret: undefined, client_name: 'A' });
    expect([replaced.status, replaced.json.client_name]).toEqual([200, 'A']);
    await call('PUT', '/b', web);
    const shown = await call('GET', '/a');
    expect(shown.json).toMatchObject({ client_id: 'a', client_name: 'A', grant_types: ['authorization_code'] });
    expect(JSON.stringify([replaced, shown])).not.toMatch(/client_secret"/);
    const first = await call('GET', '?limit=1');
    expect(first.json).toMatchObject({ items: [{ client_id: 'a' }], next_after: 'a' });
    expect((await call('GET', `?limit=1&after=${first.json.next_after}`)).json.items).toMatchObject([
      { client_id: 'b' },
    ]);
    expect((await call('DELETE', '/a')).status).toBe(204);
    expect((await call('GET', '/a')).json.code).toBe('client_not_found');
    expect((await call('DELETE', '/a')).status).toBe(404);
  });

  it('stores a secret as a keyed hash that differs from client to client', async () => {
    await call('PUT', '/c1', confidential);
    await call('PUT', '/c2', confidential);
    const rows = await suite.database.sql<{ secret: string }>(
      `SELECT metadata ->> 'client_secret' AS secret FROM client WHERE client_id IN ('c1', 'c2')`,
    );
    expect(new Set(rows.map(({ secret }) => secret)).size).toBe(2);
    expect(rows.map(({ secret }) => secret)).not.toContain(confidential.client_secret);
  });

  it.each([
    ['a script as redirect URI', { ...web, redirect_uris: ['javascript:alert(1)'] }, 'redirect_uris.0'],
    ['data as redirect URI', { ...web, redirect_uris: ['data:text/html,x'] }, 'redirect_uris.0'],
    ['plain http beyond loopback', { ...web, redirect_uris: ['http://client.example/cb'] }, 'redirect_uris.0'],
    ['a fragment', { ...web, redirect_uris: ['https://client.example/cb#x'] }, 'redirect_uris.0'],
    ['user info', { ...web, redirect_uris: ['https://a@client.example/cb'] }, 'redirect_uris.0'],
    ['a script after logout', { ...web, post_logout_redirect_uris: ['javascript:x'] }, 'post_logout_redirect_uris.0'],
    ['a script as logo', { ...web, logo_uri: 'javascript:x' }, 'logo_uri'],
    ['data as policy', { ...web, policy_uri: 'data:text/html,x' }, 'policy_uri'],
    ['no redirect URI for codes', { ...web, redirect_uris: [] }, 'redirect_uris'],
    ['client credentials for a public client', { ...web, grant_types: ['client_credentials'] }, 'grant_types'],
    ['a public resource server', { ...web, resource_indicator: 'https://x.example' }, 'resource_indicator'],
    ['a secret for a public client', { ...web, client_secret: 'a-long-client-secret' }, 'client_secret'],
    ['a short secret', { ...confidential, client_secret: 'short' }, 'client_secret'],
    ['no secret for a confidential client', { ...confidential, client_secret: undefined }, 'client_secret'],
    ['mTLS without a subject', { ...web, token_endpoint_auth_method: 'tls_client_auth' }, 'tls_client_auth_san_uri'],
    ['private_key_jwt without keys', { ...web, token_endpoint_auth_method: 'private_key_jwt' }, 'jwks'],
    [
      'a private key in jwks',
      {
        ...web,
        token_endpoint_auth_method: 'private_key_jwt',
        jwks: { keys: [{ kty: 'OKP', crv: 'Ed25519', x: 'AA', d: 'AA' }] },
      },
      'jwks.keys.0',
    ],
    [
      'a shared key in jwks',
      { ...web, token_endpoint_auth_method: 'private_key_jwt', jwks: { keys: [{ kty: 'oct', k: 'AA' }] } },
      'jwks.keys.0',
    ],
    [
      'a key that lacks a coordinate',
      { ...web, token_endpoint_auth_method: 'private_key_jwt', jwks: { keys: [{ kty: 'EC', crv: 'P-256', x: 'AA' }] } },
      'jwks.keys.0',
    ],
    ['a grant type that is not there', { ...web, grant_types: ['password'] }, 'grant_types.0'],
    ['an unknown member', { ...web, jwks_uri: 'https://client.example/jwks' }, 'jwks_uri'],
    ['a scope with quotes', { ...web, scope: 'a"b' }, 'scope'],
    ['the tenant of a service', { ...web, tenant: 'authz' }, 'tenant'],
    ['a tenant with capitals', { ...web, tenant: 'Acme' }, 'tenant'],
  ])('refuses %s', async (_name, body, field) => {
    const answer = await call('PUT', '/refused', body);
    expect([answer.status, answer.json.code]).toEqual([400, 'invalid_request']);
    expect(JSON.stringify(answer.json.fields)).toContain(field);
    expect((await call('GET', '/refused')).status).toBe(404);
  });

  it.each(['a b', 'a%00', 'x'.repeat(121)])('refuses the client id %s', async (id) => {
    expect((await call('PUT', `/${encodeURIComponent(id)}`, web)).status).toBe(400);
  });

  it('is open to the identity ops alone', async () => {
    for (const identity of ['idp', 'rs', 'kms', 'authz'])
      expect((await call('GET', '', undefined, await suite.as(identity))).status).toBe(403);
    expect((await call('GET', '', undefined, suite.outside)).status).toBe(401);
  });
});
