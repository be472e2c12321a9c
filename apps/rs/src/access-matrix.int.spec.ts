import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { audience, collection, runningRs, type RunningRs } from '../fixtures/running-rs.js';

let rs: RunningRs;
beforeAll(async () => {
  rs = await runningRs();
});
afterAll(() => rs.close());

const id = '0198d1c0-0000-7000-8000-00000000000a';
const newResource = { name: 'a', secret_note: 'b' };

/** Every protected route: the scope that opens it and what a stranger to its data gets then. */
const routes = [
  { method: 'GET', path: collection, scope: 'read:resource', opened: 200 },
  { method: 'GET', path: `${collection}/${id}`, scope: 'read:resource', opened: 404 },
  { method: 'POST', path: collection, scope: 'write:resource', body: newResource, opened: 201 },
  { method: 'DELETE', path: `${collection}/${id}`, scope: 'delete:resource', opened: 404 },
  { method: 'DELETE', path: `${collection}?id=${id}`, scope: 'delete:resource', opened: 404 },
  { method: 'GET', path: '/api/v1/admin/metrics', scope: 'admin', opened: 200 },
  { method: 'GET', path: '/api/v1/me', scope: undefined, opened: 200 },
];
const allScopes = ['read:resource', 'write:resource', 'delete:resource', 'admin'];

/** The same token in its two forms. */
const forms = {
  JWT: (claims: Record<string, unknown>) => rs.authz.jwt(audience, claims),
  opaque: (claims: Record<string, unknown>) => Promise.resolve(rs.authz.token({ aud: audience, ...claims })),
};
type Form = keyof typeof forms;

const each = routes.map((route) => ({ ...route, name: `${route.method} ${route.path}` }));
const both = each.flatMap((route) => (Object.keys(forms) as Form[]).map((form) => ({ ...route, form })));

describe('without a token (RFC 6750 §3.1: no error code, no more than how to come back)', () => {
  test.each(each)('$name answers 401 with a bare challenge', async ({ method, path, body, scope }) => {
    const { status, headers, body: problem } = await rs.call(method, path, { body });
    expect([status, problem.code]).toEqual([401, 'token_required']);
    expect(headers['www-authenticate']).toBe(scope ? `Bearer scope="${scope}"` : 'Bearer');
    expect(headers['cache-control']).toBe('no-store');
  });

  test.each(each)('$name: another scheme is no token', async ({ method, path, body }) => {
    const { status, headers } = await rs.call(method, path, { body, headers: { authorization: 'Basic dTpw' } });
    expect([status, String(headers['www-authenticate']).includes('error')]).toEqual([401, false]);
  });

  test.each(each)('$name: a token in the query or the body is not looked at (RFC 9700 §4.3.2)', async (route) => {
    const { method, path, body, scope } = route;
    const token = await forms.JWT({ scope });
    const query = `${path}${path.includes('?') ? '&' : '?'}access_token=${token}`;
    expect((await rs.call(method, query, { body })).status).toBe(401);
    const form = { headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: `access_token=${token}` };
    expect((await rs.call(method, path, form)).status).toBe(401);
  });
});

describe.each(both)('$form token on $name', ({ form, method, path, body, scope, opened }) => {
  const call = async (claims: Record<string, unknown>) =>
    rs.call(method, path, { body, token: await forms[form](claims) });

  test('with its scope alone: let in', async () => {
    expect((await call({ scope })).status).toBe(opened);
  });

  test('with every other scope: 403 insufficient_scope naming the one needed (RFC 6750 §3.1)', async () => {
    const { status, headers, body: answer } = await call({ scope: allScopes.filter((one) => one !== scope).join(' ') });
    if (scope === undefined) return expect(status).toBe(200);
    expect([status, answer.code]).toEqual([403, 'insufficient_scope']);
    expect(headers['www-authenticate']).toContain('Bearer error="insufficient_scope", ');
    expect(headers['www-authenticate']).toContain(`scope="${scope}"`);
  });

  test.each([
    ['expired', { exp: 1 }],
    ['of another issuer', { iss: 'https://evil.test' }],
    ['for another service', { aud: 'https://localhost:9090' }],
    ['bound to a DPoP key (RFC 9449 §7.1)', { cnf: { jkt: 'x' } }],
    ['bound to a certificate (RFC 8705 §3)', { cnf: { 'x5t#S256': 'x' } }],
  ])('%s: 401 invalid_token', async (_, claims) => {
    const { status, headers, body: answer } = await call({ scope, ...claims });
    expect([status, answer.code]).toEqual([401, 'invalid_token']);
    expect(headers['www-authenticate']).toContain('Bearer error="invalid_token", ');
  });
});

describe('forms of tokens that are none', () => {
  test.each([
    ['revoked or never issued', () => 'unknown-opaque-token'],
    ['a refresh token', () => rs.authz.token({ token_type: undefined, aud: audience, scope: allScopes.join(' ') })],
    ['a DPoP token', () => rs.authz.token({ token_type: 'DPoP', aud: audience, scope: allScopes.join(' ') })],
    ['a JWT with alg none', () => `${btoa('{"alg":"none","typ":"at+jwt","kid":"k1"}').replace(/=+$/, '')}.e30.`],
    ['a JWT of an unknown key', () => `${btoa('{"alg":"ES256","typ":"at+jwt","kid":"x"}').replace(/=+$/, '')}.e30.AA`],
  ])('%s: 401 invalid_token', async (_, token) => {
    const { status, body } = await rs.call('GET', collection, { token: token() });
    expect([status, body.code]).toEqual([401, 'invalid_token']);
  });

  test.each([['Bearer'], ['Bearer a b'], ['Bearer "x"'], ['bearer a=b']])(
    '%j: 400 invalid_request (RFC 6750 §3.1)',
    async (authorization) => {
      const { status, headers, body } = await rs.call('GET', collection, { headers: { authorization } });
      expect([status, body.code]).toEqual([400, 'invalid_request']);
      expect(headers['www-authenticate']).toContain('error="invalid_request"');
    },
  );

  test('an opaque token without audience opens what its scopes of this service open, and nothing if it has none', async () => {
    const token = rs.authz.token({ scope: 'openid read:resource' });
    expect((await rs.call('GET', collection, { token })).status).toBe(200);
    expect((await rs.call('POST', collection, { token, body: newResource })).status).toBe(403);
    const foreign = rs.authz.token({ scope: 'openid profile kms:read' });
    expect((await rs.call('GET', '/api/v1/me', { token: foreign })).status).toBe(401);
  });

  test('what was refused is not repeated in the answer', async () => {
    const { headers, body } = await rs.call('GET', collection, { token: 'a-very-peculiar-token' });
    expect(JSON.stringify([headers, body])).not.toContain('peculiar');
  });

  test('introspection identifies this service by its certificate and its client_id alone (RFC 8705 §2)', async () => {
    const token = rs.authz.token({ scope: 'read:resource' });
    await rs.call('GET', collection, { token });
    const asked = rs.authz.requests.filter(({ body }) => body.includes(token));
    expect(asked.map(({ identity, body }) => [identity, [...new URLSearchParams(body).keys()]])).toEqual([
      ['rs', ['token', 'token_type_hint', 'client_id']],
    ]);
  });
});

describe('routes that are not there', () => {
  test.each([
    ['PUT', collection, 405],
    ['PATCH', `${collection}/${id}`, 405],
    ['GET', '/api/v1/protected', 404],
    ['GET', '/api/v1/admin', 404],
    ['GET', '/debug', 404],
  ])('%s %s answers %i, whoever asks', async (method, path, status) => {
    const token = await forms.JWT({ scope: allScopes.join(' ') });
    expect((await rs.call(method, path, { token })).status).toBe(status);
  });
});
