import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AUDIENCE } from '../../test/issuer.fixture.js';
import {
  type KmsSuite,
  type Replica,
  allScopes,
  browserHeaders,
  bytes,
  kmsSuite,
} from '../../test/kms-suite.fixture.js';

const app = 'https://app.example';
const keys = '/browser/api/v1/elastic-keys';

describe('the API for web pages', () => {
  let suite: KmsSuite;
  let kms: Replica;
  let token: string;
  let good: Record<string, string>;
  let id: string;
  beforeAll(async () => {
    suite = await kmsSuite();
    const first = await suite.startUnsealed();
    kms = await suite.start({ CRYPTOUTIL_CORS_ORIGINS: app });
    await kms.unseal(first.shares.slice(0, 3));
    token = await suite.issuer.token(allScopes);
    good = { ...(await browserHeaders(kms, token)), origin: app };
    id = (await kms.call('POST', keys, { token, headers: good, body: { name: 'of a page' } })).body.id;
  });
  afterAll(() => suite.close());

  const encrypt = (headers: Record<string, string>, path = keys) =>
    kms.call('POST', `${path}/${id}/encrypt`, { token, headers, body: { plaintext: bytes('x') } });
  const code = async (headers: Record<string, string>) => (await encrypt(headers)).body.code ?? 'done';
  const without = (...names: string[]) =>
    Object.fromEntries(Object.entries(good).filter(([name]) => !names.includes(name)));

  it('serves a page of a listed origin that brings its CSRF token and cookie', async () => {
    const { status, headers } = await encrypt(good);
    expect(status).toBe(200);
    expect(headers).toMatchObject({ 'access-control-allow-origin': app, 'access-control-allow-credentials': 'true' });
    expect(await code({ ...good, origin: AUDIENCE })).toBe('done');
  });

  it('permits the header of the token in a preflight of a listed origin, and nothing to others', async () => {
    const preflight = (origin: string) =>
      kms.call('OPTIONS', keys, { headers: { origin, 'access-control-request-method': 'POST' } });
    const { status, headers } = await preflight(app);
    expect(status).toBe(204);
    expect(headers['access-control-allow-headers']).toContain('X-CSRF-Token');
    expect((await preflight('https://evil.example')).headers).not.toHaveProperty('access-control-allow-origin');
  });

  it.each<[string, () => Record<string, string>, string]>([
    ['of an origin that is not listed', () => ({ ...good, origin: 'https://evil.example' }), 'origin_not_allowed'],
    ['of an origin that looks alike', () => ({ ...good, origin: `${app}.evil.example` }), 'origin_not_allowed'],
    ['of a sandboxed page', () => ({ ...good, origin: 'null' }), 'origin_not_allowed'],
    ['of no origin at all', () => without('origin'), 'origin_not_allowed'],
    ['without the token', () => without('x-csrf-token'), 'csrf_token_invalid'],
    ['without the cookie', () => without('cookie'), 'csrf_token_invalid'],
    [
      'with the cookie twice',
      () => ({ ...good, cookie: `${good['cookie']}; ${good['cookie']}` }),
      'csrf_token_invalid',
    ],
    [
      'with a cookie of another browser',
      () => ({ ...good, cookie: `__Host-kms-csrf=${'A'.repeat(43)}` }),
      'csrf_token_invalid',
    ],
    [
      'with a cookie of another name',
      () => ({ ...good, cookie: good['cookie']!.replace('__Host-', '') }),
      'csrf_token_invalid',
    ],
    [
      'with a token cut short',
      () => ({ ...good, 'x-csrf-token': good['x-csrf-token']!.slice(0, -1) }),
      'csrf_token_invalid',
    ],
    [
      'with the cookie as the token',
      () => ({ ...good, 'x-csrf-token': good['cookie']!.split('=')[1]! }),
      'csrf_token_invalid',
    ],
  ])('refuses a change %s', async (_what, headers, expected) => {
    const answer = await encrypt(headers());
    expect([answer.status, answer.body.code]).toEqual([403, expected]);
  });

  it('refuses the CSRF token of another access token: it is bound to the session', async () => {
    const other = await suite.issuer.token(allScopes, { sub: 'mallory' });
    const theirs = (await kms.call('GET', '/browser/api/v1/csrf-token', { token: other, headers: good })).body;
    expect(await code({ ...good, 'x-csrf-token': theirs.csrf_token })).toBe('csrf_token_invalid');
  });

  it('refuses to be asked in another spelling of its path without them', async () => {
    const answer = await encrypt({ origin: app }, keys.replace('browser', 'Browser'));
    expect([answer.status, answer.body.code]).toEqual([403, 'csrf_token_invalid']);
  });

  it('is read without a CSRF token, but not by a page of an origin that is not listed', async () => {
    const read = async (headers: Record<string, string>) => (await kms.call('GET', keys, { token, headers })).status;
    expect(await read({ origin: app })).toBe(200);
    expect(await read({})).toBe(200);
    expect(await read({ 'sec-fetch-site': 'same-origin' })).toBe(200);
    expect(await read({ 'sec-fetch-site': 'cross-site' })).toBe(403);
    expect(await read({ origin: 'https://evil.example' })).toBe(403);
  });

  it('keeps the cookie of a browser that has one, and gives it no other use', async () => {
    const again = await kms.call('GET', '/browser/api/v1/csrf-token', { token, headers: good });
    expect(again.body).toMatchObject({ csrf_token: good['x-csrf-token'], header: 'X-CSRF-Token' });
    expect(again.headers['set-cookie']).toBe(`${good['cookie']}; Path=/; Secure; HttpOnly; SameSite=None; Partitioned`);
    expect(await kms.call('GET', keys, { headers: good })).toMatchObject({ status: 401 });
  });

  it('takes batches as large as programs may send', async () => {
    const items = Array.from({ length: 1000 }, () => ({ plaintext: 'A'.repeat(1200) }));
    const answer = await kms.call('POST', `${keys}/${id}/encrypt:batch`, { token, headers: good, body: { items } });
    expect([answer.status, answer.body.items.length]).toEqual([200, 1000]);
  });

  it('has what it refused on record', async () => {
    await code(without('x-csrf-token'));
    const admin = await suite.issuer.token('kms:admin');
    const { body } = await kms.call('GET', '/service/api/v1/audit?limit=1000', { token: admin });
    expect(body.items.map(({ event }: any) => `${event.who} ${event.outcome} ${event.refusal ?? ''}`)).toContain(
      'user:alice client:web denied csrf_token_invalid',
    );
  });
});
