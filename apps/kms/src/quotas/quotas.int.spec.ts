import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type KmsSuite, type Replica, adminScopes, api, bytes, kmsSuite } from '../../test/kms-suite.fixture.js';

describe('quotas', () => {
  let suite: KmsSuite;
  let a: Replica;
  let b: Replica;
  let token: string;
  beforeAll(async () => {
    suite = await kmsSuite();
    const env = { CRYPTOUTIL_QUOTA_KEYS_PER_TENANT: '5', CRYPTOUTIL_QUOTA_VERSIONS_PER_KEY: '4' };
    const { shares } = await suite.startUnsealed();
    [a, b] = await Promise.all([suite.start(env), suite.start(env)]);
    await a.unseal(shares.slice(0, 3));
    await b.unseal(shares.slice(0, 3));
    token = await suite.issuer.token(adminScopes);
  });
  afterAll(() => suite.close());

  const both = (count: number, work: (kms: Replica, n: number) => ReturnType<Replica['call']>) =>
    Promise.all(Array.from({ length: count }, (_, n) => work(n % 2 ? a : b, n)));
  const refused = (quota: string, limit: number) => ({ status: 429, body: { code: 'quota_exceeded', quota, limit } });

  it('let no more keys into a tenant than it may have, when two replicas are asked for twenty at once', async () => {
    const answers = await both(20, (kms, n) => kms.call('POST', api, { token, body: { name: `key ${n}` } }));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(5);
    for (const answer of answers.filter(({ status }) => status !== 201))
      expect(answer).toMatchObject(refused('keys_per_tenant', 5));
    expect((await a.call('GET', api, { token })).body.total).toBe(5);
  });

  it('let no more versions into a key, when two replicas rotate it twelve times at once', async () => {
    const [{ id }] = (await a.call('GET', api, { token })).body.items;
    const answers = await both(12, (kms) => kms.call('POST', `${api}/${id}/rotate`, { token }));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(3);
    expect(answers.find(({ status }) => status !== 200)).toMatchObject(refused('versions_per_key', 4));
    expect((await a.call('GET', `${api}/${id}`, { token })).body.current_version).toBe(4);
  });

  it('slow down a caller that asks too often, tell when to come again, and nobody else', async () => {
    const slow = await suite.start({ CRYPTOUTIL_QUOTA_CALLER_RPS: '3' });
    const ask = (who: string, client = 'web') =>
      suite.issuer
        .token(adminScopes, { sub: who, client_id: client })
        .then((one) => slow.call('POST', '/service/api/v1/random', { token: one, body: { bytes: 1 } }));
    const answers = await Promise.all(Array.from({ length: 12 }, () => ask('greedy')));
    const denied = answers.filter(({ status }) => status === 429);
    expect(denied.length).toBeGreaterThan(0);
    expect(answers.filter(({ status }) => status === 200).length).toBeGreaterThanOrEqual(3);
    for (const answer of denied) {
      expect(answer.body).toMatchObject({ code: 'quota_exceeded', quota: 'requests_of_caller' });
      expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
    }
    expect(await ask('modest')).toMatchObject({ status: 200 });
    expect(await ask('greedy', 'another')).toMatchObject({ status: 200 });
  });

  it('slow down a tenant as a whole, but no service of the suite', async () => {
    const slow = await suite.start({ CRYPTOUTIL_QUOTA_TENANT_RPS: '4' });
    const ask = async (n: number) => {
      const one = await suite.issuer.token(adminScopes, { sub: `caller ${n}` });
      return slow.call('POST', '/service/api/v1/random', { token: one, body: { bytes: 1 } });
    };
    const answers = await Promise.all(Array.from({ length: 16 }, (_, n) => ask(n)));
    expect(answers.find(({ status }) => status === 429)?.body).toMatchObject({ quota: 'requests_of_tenant' });
    const services = await Promise.all(
      Array.from({ length: 16 }, () => slow.call('GET', '/admin/v1/audit?limit=1', { identity: 'ops' })),
    );
    expect(services.some(({ status }) => status === 429)).toBe(false);
  });

  it('do not stand in the way of what is there already', async () => {
    const [{ id }] = (await a.call('GET', api, { token })).body.items;
    expect(await b.call('POST', `${api}/${id}/encrypt`, { token, body: { plaintext: bytes('x') } })).toMatchObject({
      status: 200,
    });
  });
});
