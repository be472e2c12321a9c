import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { operationRoutes } from '../operations/operation-routes.js';
import { type KmsSuite, type Replica, adminScopes, api, kmsSuite } from '../../test/kms-suite.fixture.js';

const operations = 'POST /service/api/v1/elastic-keys/{id}';

/** What each documented route answers while the kms is sealed. A route that is missing here fails the first test. */
const whileSealed: Record<string, { status: number; code?: string; body?: unknown }> = {
  'POST /service/api/v1/elastic-keys': { status: 503, code: 'sealed', body: { name: 'x' } },
  'GET /service/api/v1/elastic-keys': { status: 503, code: 'sealed' },
  'GET /service/api/v1/elastic-keys/{id}': { status: 503, code: 'sealed' },
  'POST /service/api/v1/elastic-keys/{id}/rotate': { status: 503, code: 'sealed' },
  ...Object.fromEntries(
    operationRoutes
      .flatMap(({ name }) => [`${operations}/${name}`, `${operations}/${name}:batch`])
      .map((route) => [route, { status: 503, code: 'sealed', body: {} }]),
  ),
  'POST /service/api/v1/random': { status: 200, body: { bytes: 16 } },
  'GET /service/api/v1/elastic-keys/{id}/jwks': { status: 200 },
  'PUT /service/api/v1/elastic-keys/{id}': { status: 503, code: 'sealed', body: { description: 'x' } },
  'DELETE /service/api/v1/elastic-keys/{id}': { status: 503, code: 'sealed' },
  'POST /service/api/v1/elastic-keys/{id}/restore': { status: 503, code: 'sealed' },
  'POST /service/api/v1/elastic-keys/{id}/enable': { status: 503, code: 'sealed' },
  'POST /service/api/v1/elastic-keys/{id}/disable': { status: 503, code: 'sealed' },
  'GET /service/api/v1/material-keys': { status: 503, code: 'sealed' },
  'GET /service/api/v1/elastic-keys/{id}/material-keys': { status: 503, code: 'sealed' },
  'POST /service/api/v1/elastic-keys/{id}/material-keys/{version}/enable': { status: 503, code: 'sealed' },
  'POST /service/api/v1/elastic-keys/{id}/material-keys/{version}/disable': { status: 503, code: 'sealed' },
  'POST /service/api/v1/elastic-keys/{id}/material-keys/{version}/revoke': { status: 503, code: 'sealed' },
  'POST /service/api/v1/elastic-keys/{id}/aliases': { status: 503, code: 'sealed', body: { alias: 'x' } },
  'GET /service/api/v1/elastic-keys/{id}/aliases': { status: 503, code: 'sealed' },
  'DELETE /service/api/v1/elastic-keys/{id}/aliases/{alias}': { status: 503, code: 'sealed' },
  'POST /service/api/v1/elastic-keys/{id}/grants': {
    status: 503,
    code: 'sealed',
    body: { grantee: { subject: 'x' }, operations: ['read'] },
  },
  'GET /service/api/v1/elastic-keys/{id}/grants': { status: 503, code: 'sealed' },
  'DELETE /service/api/v1/elastic-keys/{id}/grants/{grant}': { status: 503, code: 'sealed' },
  'POST /admin/v1/identities/{identity}/keys/{name}/rotate': { status: 503, code: 'sealed' },
  'GET /service/api/v1/audit': { status: 503, code: 'sealed' },
  'GET /service/api/v1/audit/verify': { status: 503, code: 'sealed' },
  'GET /admin/v1/audit/head': { status: 503, code: 'sealed' },
  'POST /admin/v1/barrier/rotate/content': { status: 503, code: 'sealed' },
  'POST /admin/v1/barrier/rotate/root': { status: 503, code: 'sealed' },
  'POST /admin/v1/barrier/rotate/intermediate': { status: 503, code: 'sealed' },
  ...Object.fromEntries(
    ['init', 'update', 'verify', 'cancel'].map((step) => [
      `POST /admin/v1/rekey/${step}`,
      { status: 503, code: 'sealed', body: {} },
    ]),
  ),
  'GET /admin/v1/rekey/status': { status: 503, code: 'sealed' },
  'GET /admin/v1/barrier/status': { status: 503, code: 'sealed' },
  'GET /admin/v1/audit': { status: 503, code: 'sealed' },
  'GET /admin/v1/livez': { status: 200 },
  'GET /admin/v1/readyz': { status: 503 },
  'GET /admin/v1/seal-status': { status: 200 },
  'POST /admin/v1/init': { status: 409, code: 'already_initialized', body: {} },
  'POST /admin/v1/unseal': { status: 400, code: 'share_invalid', body: { share: 'x' } },
  'POST /admin/v1/seal': { status: 200 },
  'POST /admin/v1/rollback/acknowledge': { status: 409, code: 'rollback_changed', body: { epoch: 1, audit_seq: 0 } },
};

describe('while sealed', () => {
  let suite: KmsSuite;
  let kms: Replica & { shares: string[] };
  let token: string;
  let id: string;
  beforeAll(async () => {
    suite = await kmsSuite();
    kms = await suite.startUnsealed();
    token = await suite.issuer.token(adminScopes);
    id = (await kms.call('POST', api, { token, body: { name: 'signing', algorithm: 'ES256' } })).body.id;
    await kms.call('POST', '/admin/v1/seal', { identity: 'ops' });
  });
  afterAll(() => suite.close());

  const attempt = (route: string) => {
    const [method, path] = route.split(' ') as [string, string];
    const caller = path.startsWith('/admin/') ? { identity: 'ops' } : { token };
    return kms.call(
      method,
      path
        .replace('{id}', id)
        .replace('{version}', '1')
        .replace(/\{\w+\}/g, 'x'),
      { ...caller, body: whileSealed[route]?.body },
    );
  };

  it('every documented route has an answer in the table', async () => {
    const { body } = await kms.call('GET', '/ui/swagger/doc.json');
    const routes = Object.entries(body.paths as Record<string, object>).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(routes.sort()).toEqual(Object.keys(whileSealed).sort());
  });

  it.each(Object.keys(whileSealed))('%s answers as the table says', async (route) => {
    const { status, body, headers } = await attempt(route);
    const expected = whileSealed[route]!;
    expect({ status, code: body.code }).toEqual({ status: expected.status, code: expected.code });
    if (expected.status === 503) expect(Number(headers['retry-after'])).toBeGreaterThan(0);
  });

  it('the published keys are those that were published before, and verification by others goes on', async () => {
    const sealed = (await attempt('GET /service/api/v1/elastic-keys/{id}/jwks')).body;
    await kms.unseal(kms.shares.slice(0, 3));
    expect((await kms.call('GET', `${api}/${id}/jwks`, { token })).body).toEqual(sealed);
    await kms.call('POST', '/admin/v1/seal', { identity: 'ops' });
  });

  it('a call is refused before its body is judged, but not before its caller is', async () => {
    expect(await kms.call('POST', `${api}/${id}/encrypt`, { token, body: { nonsense: 1 } })).toMatchObject({
      status: 503,
    });
    expect(await kms.call('POST', `${api}/${id}/encrypt`, { body: { nonsense: 1 } })).toMatchObject({ status: 401 });
  });
});
