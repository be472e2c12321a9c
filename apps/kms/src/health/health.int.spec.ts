import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ownTestPostgres } from '@cryptoutil/testing';
import { type KmsSuite, type Replica, allScopes, api, bytes, kmsSuite } from '../../test/kms-suite.fixture.js';

describe('health', () => {
  let server: Awaited<ReturnType<typeof ownTestPostgres>>;
  let suite: KmsSuite;
  let kms: Replica & { shares: string[] };
  beforeAll(async () => {
    server = await ownTestPostgres();
    suite = await kmsSuite({ server });
    kms = await suite.startUnsealed();
  });
  afterAll(async () => {
    await suite.close();
    await server.remove();
  });

  const eventually = async <T>(ask: () => Promise<T>, good: (answer: T) => boolean): Promise<T> => {
    for (;;) {
      const answer = await ask();
      if (good(answer)) return answer;
    }
  };
  const readyz = (replica: Replica = kms) => replica.call('GET', '/admin/v1/readyz');

  it('answers livez and readyz without a certificate or token', async () => {
    expect(await kms.call('GET', '/admin/v1/livez')).toMatchObject({ status: 200, body: { status: 'live' } });
    expect(await readyz()).toMatchObject({ status: 200, body: { status: 'ready' } });
  });

  it('says database while PostgreSQL is away, answers operations with 503, and recovers without a restart; it can be sealed meanwhile', async () => {
    const token = await suite.issuer.token(allScopes);
    const { id } = (await kms.call('POST', api, { token, body: { name: 'x' } })).body;
    const encrypt = () => kms.call('POST', `${api}/${id}/encrypt`, { token, body: { plaintext: bytes('x') } });
    expect(await encrypt()).toMatchObject({ status: 200 });
    await server.stop();
    expect(await readyz()).toMatchObject({
      status: 503,
      body: { status: 'database' },
      headers: { 'retry-after': '2' },
    });
    expect(await kms.call('GET', '/admin/v1/livez')).toMatchObject({ status: 200 });
    const away = await encrypt();
    expect(away).toMatchObject({ status: 503, body: { code: 'unavailable' } });
    expect(Number(away.headers['retry-after'])).toBeGreaterThan(0);
    const { shares } = kms;
    expect(await kms.call('POST', '/admin/v1/seal', { identity: 'ops' })).toMatchObject({
      status: 200,
      body: { sealed: true },
    });
    await server.restart();
    await eventually(readyz, ({ body }) => body.status === 'sealed');
    await kms.unseal(shares.slice(2));
    await eventually(readyz, ({ status }) => status === 200);
    expect(await encrypt()).toMatchObject({ status: 200 });
  });

  it('unseals from share files when the database comes back after the start', async () => {
    await server.stop();
    const files = await suite.files(kms.shares);
    const replica = await suite.start({ CRYPTOUTIL_UNSEAL_SHARE_FILES: files.join(',') });
    expect(await readyz(replica)).toMatchObject({ status: 503, body: { status: 'database' } });
    await server.restart();
    await replica.kms.autoUnsealed;
    expect(await readyz(replica)).toMatchObject({ status: 200 });
    expect(replica.lines.map(({ msg }) => msg)).toContain(
      'The kms stays sealed for now: the database cannot be reached; unsealing is tried again.',
    );
  });

  it('serves a valid OpenAPI 3.1 document with the ways in', async () => {
    const { body } = await kms.call('GET', '/ui/swagger/doc.json');
    expect(body.openapi).toBe('3.1.0');
    expect(body.components.securitySchemes.oauth2.flows.authorizationCode.scopes).toHaveProperty('kms:encrypt');
    expect(body.paths['/service/api/v1/elastic-keys/{id}/sign:batch'].post.security).toEqual(
      expect.arrayContaining([{ bearer: ['kms:sign'] }, { mutualTLS: ['authz', 'idp', 'rs'] }]),
    );
    expect((await kms.call('GET', '/ui/swagger')).status).toBeLessThan(400);
  });
});
