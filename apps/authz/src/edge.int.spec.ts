import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { generateMaterial, importMaterial, publicJwk, signJwt, uuid, type KeyMaterial } from '@cryptoutil/crypto';
import { DataSource } from 'typeorm';
import { Agent, request } from 'undici';
import { basic, protocolFixture } from './protocol.fixture.js';

const { suite, authorizeUrl, token } = await protocolFixture();
/** Another address of this host, with limits of its own. */
const stranger = new Agent({ connect: { rejectUnauthorized: false }, localAddress: '127.0.0.9', connections: 8 });
afterAll(async () => {
  await stranger.destroy();
  await suite.close();
});

const call = async (
  path: string,
  options: { method?: string; headers?: Record<string, string>; body?: string } = {},
) => {
  const { statusCode, headers, body } = await request(new URL(path, suite.issuer), {
    method: (options.method ?? 'GET') as 'GET',
    dispatcher: suite.outside,
    headers: options.headers,
    body: options.body,
  });
  return { status: statusCode, headers, text: await body.text() };
};

describe('methods of the protocol endpoints', () => {
  it.each([
    ['DELETE', '/oauth2/v1/authorize', 'GET, HEAD, OPTIONS, POST'],
    ['GET', '/oauth2/v1/token', 'OPTIONS, POST'],
    ['PUT', '/oauth2/v1/introspect', 'OPTIONS, POST'],
    ['GET', '/oauth2/v1/revoke', 'OPTIONS, POST'],
    ['POST', '/oauth2/v1/jwks', 'GET, HEAD, OPTIONS'],
    ['PATCH', '/oauth2/v1/userinfo', 'GET, HEAD, OPTIONS, POST'],
    ['DELETE', '/oauth2/v1/logout', 'GET, HEAD, OPTIONS, POST'],
    ['POST', '/.well-known/openid-configuration', 'GET, HEAD, OPTIONS'],
  ])('%s %s answers 405 with Allow (RFC 9110 §15.5.6)', async (method, path, allow) => {
    const { status, headers, text } = await call(path, { method });
    expect([status, headers['allow'], JSON.parse(text).code]).toEqual([405, allow, 'method_not_allowed']);
  });

  it.each([
    ['/oauth2/v1/authorize', 'GET, HEAD, OPTIONS, POST'],
    ['/oauth2/v1/token', 'OPTIONS, POST'],
    ['/oauth2/v1/jwks', 'GET, HEAD, OPTIONS'],
  ])('OPTIONS %s answers 204 with Allow (RFC 9110 §9.3.7)', async (path, allow) => {
    const { status, headers } = await call(path, { method: 'OPTIONS' });
    expect([status, headers['allow']]).toEqual([204, allow]);
  });

  it('answers 404 where there is no endpoint', async () => {
    for (const method of ['GET', 'DELETE']) expect((await call('/oauth2/v1/nothing', { method })).status).toBe(404);
  });
});

describe('two Authorization headers', () => {
  it.each([
    ['/oauth2/v1/token', 'grant_type=client_credentials'],
    ['/oauth2/v1/introspect', 'token=x'],
    ['/oauth2/v1/revoke', 'token=x'],
  ])('are none at %s, whichever is good', async (path, body) => {
    const good = basic('service');
    for (const pair of [
      [good, basic('nobody')],
      [basic('nobody'), good],
    ]) {
      const { statusCode, body: answer } = await request(new URL(path, suite.issuer), {
        method: 'POST',
        dispatcher: suite.outside,
        headers: [
          ...['content-type', 'application/x-www-form-urlencoded'],
          ...pair.flatMap((value) => ['authorization', value]),
        ],
        body,
      });
      expect([statusCode, ((await answer.json()) as { error: string }).error]).toEqual([400, 'invalid_request']);
    }
  });
});

describe('a form that a browser posts (OpenID Connect Core §3.1.2.1, RP-Initiated Logout §2)', () => {
  const form = 'application/x-www-form-urlencoded';
  const post = (path: string, body: string, type = form) =>
    call(path, { method: 'POST', body, headers: { 'content-type': type } });

  it('begins an authorization request as GET does', async () => {
    const { search } = authorizeUrl({ state: 'ü & =' }).url;
    const sentOn = await post('/oauth2/v1/authorize?client_id=another', search.slice(1));
    expect([sentOn.status, sentOn.headers['cache-control']]).toEqual([303, 'no-store']);
    const to = new URL(String(sentOn.headers['location']), suite.issuer);
    expect([to.origin, to.pathname, to.searchParams.toString()]).toEqual([
      suite.issuer,
      '/oauth2/v1/authorize',
      search.slice(1),
    ]);
    const { status, headers } = await call(to.href);
    expect([status, headers['location']]).toEqual([303, expect.stringContaining('/login?login_challenge=')]);
  });

  it('keeps a parameter that is there twice, so that it is refused', async () => {
    const { headers } = await post('/oauth2/v1/authorize', `${authorizeUrl().url.search.slice(1)}&client_id=other`);
    expect((await call(String(headers['location']))).status).toBe(400);
  });

  it('asks to sign out as GET does', async () => {
    const sentOn = await post('/oauth2/v1/logout', 'client_id=confidential&state=s');
    expect(sentOn.headers['location']).toBe('/oauth2/v1/logout?client_id=confidential&state=s');
    const { status, text } = await call(String(sentOn.headers['location']));
    expect([status, text]).toEqual([200, expect.stringContaining('/oauth2/v1/logout/confirm')]);
  });

  it.each([
    ['is no form', 'application/json', '{}', 400],
    ['is longer than 8 KiB', form, `state=${'x'.repeat(8192)}`, 413],
  ])('is refused when it %s', async (_, type, body, status) => {
    const refused = await post('/oauth2/v1/authorize', body, type);
    expect([refused.status, JSON.parse(refused.text).code]).toEqual([status, 'invalid_request']);
  });
});

describe('calls of scripts from other origins', () => {
  const preflight = (path: string, origin: string) =>
    call(path, { method: 'OPTIONS', headers: { origin, 'access-control-request-method': 'POST' } });
  const sendForm = (origin: string, clientId: string) =>
    request(`${suite.issuer}/oauth2/v1/token`, {
      method: 'POST',
      dispatcher: suite.outside,
      headers: { origin, 'content-type': 'application/x-www-form-urlencoded' },
      body: `grant_type=authorization_code&code=x&redirect_uri=https%3A%2F%2Fspa.example%2Fcb&client_id=${clientId}&code_verifier=${'v'.repeat(43)}`,
    });

  it('are possible from the origin of a public client’s redirect address alone', async () => {
    await suite.registerClient('spa', {
      token_endpoint_auth_method: 'none',
      redirect_uris: ['https://spa.example/cb'],
      grant_types: ['authorization_code'],
      scope: 'openid',
    });
    for (const [origin, allowed] of [
      ['https://spa.example', 'https://spa.example'],
      ['https://evil.example', undefined],
      ['https://client.example', undefined],
      ['null', undefined],
    ] as const) {
      const { headers, body } = await sendForm(origin, 'spa');
      await body.dump();
      expect([origin, headers['access-control-allow-origin']]).toEqual([origin, allowed]);
      expect(headers).not.toHaveProperty('access-control-allow-credentials');
    }
  });

  it.each(['/oauth2/v1/authorize', '/admin/v1/clients/spa', '/health', '/internal/v1/login-requests/x'])(
    'are not possible at %s',
    async (path) => {
      const { headers } = await preflight(path, 'https://spa.example');
      expect(Object.keys(headers).filter((name) => name.startsWith('access-control-'))).toEqual([]);
    },
  );
});

describe('clients that sign an assertion (RFC 7523)', () => {
  const now = () => Math.floor(Date.now() / 1000);
  let key: KeyMaterial;
  beforeAll(async () => {
    key = importMaterial('ES256', await generateMaterial('ES256'));
    await suite.registerClient('signer', {
      token_endpoint_auth_method: 'private_key_jwt',
      grant_types: ['client_credentials'],
      scope: 'read:resource',
      jwks: { keys: [{ ...publicJwk(key), kid: 'k1' }] },
    });
  });
  const assertion = (claims: object) =>
    signJwt(
      key,
      { iss: 'signer', sub: 'signer', aud: suite.issuer, jti: uuid(), iat: now(), exp: now() + 60, ...claims },
      { kid: 'k1', typ: 'JWT' },
    );
  const present = (clientAssertion: string, replica = 0) =>
    token(
      {
        grant_type: 'client_credentials',
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        client_assertion: clientAssertion,
      },
      undefined,
      replica,
    );

  it('get a token once of 20 in parallel on two replicas', async () => {
    const one = await assertion({});
    const answers = await Promise.all(Array.from({ length: 20 }, (_, index) => present(one, index % 2)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array.from({ length: 19 }, () => 401)]);
  });

  it.each([
    ['for another server', { aud: 'https://other.example' }],
    ['that has ended', { exp: now() - 60 }],
    ['that ends later than in an hour', { exp: now() + 3_700 }],
    ['that ends at no time there is', { exp: 1e18 }],
    ['of the future', { iat: now() + 60 }],
    ['of another client', { iss: 'service' }],
  ])('are refused with one %s', async (_, claims) => {
    const { status, body } = await present(await assertion(claims));
    expect([status, body.error]).toEqual([401, 'invalid_client']);
  });

  it('are refused with one that is none', async () => {
    const { status, body } = await present('a.b.c');
    expect([status, body.error]).toEqual([401, 'invalid_client']);
  });

  it('learn from the metadata that they can do so at every endpoint (RFC 8414 §2)', async () => {
    const metadata = JSON.parse((await call('/.well-known/oauth-authorization-server')).text);
    for (const endpoint of ['token', 'introspection', 'revocation']) {
      expect(metadata[`${endpoint}_endpoint_auth_methods_supported`]).toContain('private_key_jwt');
      expect(metadata[`${endpoint}_endpoint_auth_signing_alg_values_supported`]).toContain('ES256');
    }
    expect(metadata.revocation_endpoint_auth_methods_supported).toContain('none');
    expect(metadata.introspection_endpoint_auth_methods_supported).not.toContain('none');
  });
});

describe('authorize', () => {
  it('stores nothing for an address beyond its limit, and goes on for others', async () => {
    const dataSource = suite.replicas[0]!.app.get(DataSource, { strict: false });
    const rows = async () => Number((await dataSource.query('SELECT count(*) FROM login_request'))[0].count);
    const before = await rows();
    let begun = 0;
    let refused: { statusCode: number; headers: object } | undefined;
    while (!refused) {
      const answers = await Promise.all(
        Array.from({ length: 8 }, async () => {
          const answer = await request(authorizeUrl().url, { dispatcher: stranger });
          await answer.body.dump();
          return answer;
        }),
      );
      begun += answers.filter(({ statusCode }) => statusCode === 303).length;
      refused = answers.find(({ statusCode }) => statusCode === 429);
    }
    expect(refused.headers).toMatchObject({ 'retry-after': '1', 'ratelimit-limit': '2000' });
    expect(await rows()).toBe(before + begun);
    expect((await call(authorizeUrl().url.href)).status).toBe(303);
  }, 60_000);
});
