import { afterAll, describe, expect, it } from '@jest/globals';
import { DataSource } from 'typeorm';
import { Agent, request } from 'undici';
import { protocolFixture } from './protocol.fixture.js';

const { suite, authorizeUrl } = await protocolFixture();
/** Another address of this host, with limits of its own. */
const stranger = new Agent({ connect: { rejectUnauthorized: false }, localAddress: '127.0.0.9', connections: 8 });
afterAll(async () => {
  await stranger.destroy();
  await suite.close();
});

const call = async (path: string, options: { method?: string; headers?: Record<string, string> } = {}) => {
  const { statusCode, headers, body } = await request(new URL(path, suite.issuer), {
    method: (options.method ?? 'GET') as 'GET',
    dispatcher: suite.outside,
    headers: options.headers,
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

  it('answers 404 where there is no endpoint', async () => {
    for (const method of ['GET', 'DELETE']) expect((await call('/oauth2/v1/nothing', { method })).status).toBe(404);
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
