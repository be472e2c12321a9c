import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DataSource } from 'typeorm';
import { Barrier } from '../barrier/barrier.js';
import { type KmsSuite, type Replica, allScopes, api, bytes, kmsSuite } from '../../test/kms-suite.fixture.js';
import { ElasticKeyEntity } from './elastic-key.entity.js';
import { sealElasticState } from './sealed-state.js';

describe('two replicas on one database', () => {
  let suite: KmsSuite;
  let a: Replica;
  let b: Replica;
  let token: string;
  beforeAll(async () => {
    suite = await kmsSuite();
    a = await suite.start();
    b = await suite.start();
    token = await suite.issuer.token(allScopes);
    const { shares } = (await a.call('POST', '/admin/v1/init', { identity: 'ops', body: {} })).body;
    // Both at once: the keys of the internal identities must still be made only once.
    const answers = await Promise.all([a.unseal(shares.slice(0, 3)), b.unseal(shares.slice(1, 4))]);
    expect(answers.map(({ body }) => body.sealed)).toEqual([false, false]);
  });
  afterAll(() => suite.close());

  const create = async (name: string, algorithm: string) =>
    (await a.call('POST', api, { token, body: { name, algorithm } })).body as { id: string; current_kid: string };

  it('made each key of the internal identities once', async () => {
    expect(
      await suite.database.sql('SELECT tenant, count(*)::int AS n FROM elastic_keys GROUP BY tenant ORDER BY tenant'),
    ).toEqual([
      { tenant: 'authz', n: 1 },
      { tenant: 'idp', n: 1 },
      { tenant: 'kms', n: 2 },
      { tenant: 'rs', n: 1 },
    ]);
  });

  it('open what the other encrypted, at once', async () => {
    const { id } = await create('shared', 'A256KW+A256GCM');
    const { body } = await b.call('POST', `${api}/${id}/encrypt`, {
      token,
      body: { plaintext: bytes('x'), context: 'c' },
    });
    expect(
      await a.call('POST', `${api}/${id}/decrypt`, { token, body: { jwe: body.jwe, context: 'c' } }),
    ).toMatchObject({ status: 200 });
  });

  it('see a rotation on their next call, a hundred times', async () => {
    const { id } = await create('rotating', 'ES256');
    for (let n = 0; n < 100; n += 1) {
      const [one, other] = n % 2 ? [a, b] : [b, a];
      const { current_kid } = (await one.call('POST', `${api}/${id}/rotate`, { token })).body;
      expect((await other.call('POST', `${api}/${id}/sign`, { token, body: { payload: 'AAAA' } })).body.kid).toBe(
        current_kid,
      );
    }
  });

  it('see a key disabled on their next call, a hundred times', async () => {
    const { id } = await create('switched', 'ES256');
    const manager = a.kms.app.get(DataSource, { strict: false }).manager;
    const barrier = a.kms.app.get(Barrier, { strict: false });
    const sign = () => b.call('POST', `${api}/${id}/sign`, { token, body: { payload: 'AAAA' } });
    for (let n = 0; n < 100; n += 1) {
      const row = await manager.findOneByOrFail(ElasticKeyEntity, { id });
      const changed = {
        ...row,
        status: n % 2 ? ('enabled' as const) : ('disabled' as const),
        generation: row.generation + 1,
      };
      await manager.update(ElasticKeyEntity, { id }, { ...changed, ...sealElasticState(barrier, changed) });
      expect(await sign()).toMatchObject(n % 2 ? { status: 200 } : { status: 409, body: { code: 'key_disabled' } });
    }
  });

  it('count the messages of a dir key together', async () => {
    const { id, current_kid } = await create('counted', 'A256GCM');
    await suite.database.sql('UPDATE material_keys SET message_count = $1 WHERE id = $2', [
      String(2 ** 32 - 20),
      current_kid,
    ]);
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, n) =>
        (n % 2 ? a : b).call('POST', `${api}/${id}/encrypt`, { token, body: { plaintext: bytes('x') } }),
      ),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(20);
    expect(answers.filter(({ body }) => body.code === 'message_limit')).toHaveLength(20);
  });
});
