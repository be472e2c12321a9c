import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type KmsSuite, type Replica, api, bytes } from '../../test/kms-suite.fixture.js';
import { kmsActor } from '../access/caller.js';
import { RotateDueKeys } from '../key-jobs/rotate-due-keys.js';
import { keyCalls, twoUnsealed } from '../../test/key-calls.fixture.js';
import { RotateElasticKey } from './rotate-elastic-key.js';

describe('a key', () => {
  let suite: KmsSuite;
  let a: Replica;
  let b: Replica;
  let token: string;
  beforeAll(async () => {
    ({ suite, a, b, token } = await twoUnsealed());
  });
  afterAll(() => suite.close());

  const { create, post, outcome, restamp } = keyCalls(() => ({ suite, a, token }));

  describe('with a policy', () => {
    it('rotates when it is time, once however many replicas look, and not while disabled', async () => {
      const { id } = await create('ES256', { policy: { rotate_every_seconds: 3600 } });
      const rotate = (kms: Replica, inMs: number) =>
        kms.kms.app.get(RotateDueKeys, { strict: false }).execute(new Date(Date.now() + inMs));
      expect(await rotate(a, 3_500_000)).toBe(0);
      await post(a, `${id}/disable`);
      expect(await rotate(a, 3_700_000)).toBe(0);
      await post(a, `${id}/enable`);
      expect(await rotate(a, 3_700_000)).toBe(1);
      // Every replica has found version 2 due. (Asking for what is due again would find the new version due by the moved clock.)
      const rotated = await Promise.all(
        Array.from({ length: 10 }, (_, index) =>
          (index % 2 ? a : b).kms.app
            .get(RotateElasticKey, { strict: false })
            .execute(kmsActor('default', 'rotate'), id, 2),
        ),
      );
      expect(rotated.filter(Boolean)).toHaveLength(1);
      expect((await a.call('GET', `${api}/${id}`, { token })).body).toMatchObject({
        current_version: 3,
        policy: { rotate_every_seconds: 3600 },
      });
    });

    it('can be given, changed and taken away, and is refused when it makes no sense', async () => {
      const { id } = await create('ES256');
      const put = (body: unknown) => a.call('PUT', `${api}/${id}`, { token, body });
      const policy = { rotate_every_seconds: 86_400, expire_after_seconds: 172_800 };
      expect((await put({ policy, description: 'new' })).body).toMatchObject({ policy, description: 'new' });
      expect((await put({ policy: null })).body.policy).toBeUndefined();
      for (const body of [
        {},
        { policy: { rotate_every_seconds: 1 } },
        { policy: { x: 1 } },
        { name: 'y' },
        { status: 'disabled' },
      ])
        expect(await put(body)).toMatchObject({ status: 400, body: { code: 'invalid_request' } });
    });
  });

  it('shows in the lists of versions, which filter, page and count', async () => {
    const { id, current_kid } = await create('ES256');
    for (let n = 0; n < 4; n += 1) await post(a, `${id}/rotate`);
    await post(a, `${id}/material-keys/2/revoke`);
    await post(a, `${id}/material-keys/3/disable`);
    const list = async (query: string, path = `elastic-keys/${id}/material-keys`) =>
      (await b.call('GET', `/service/api/v1/${path}?${query}`, { token })).body;
    const versions = async (query: string) =>
      ((await list(query)).items as { version: number }[]).map(({ version }) => version);
    expect(await versions('')).toEqual([1, 2, 3, 4, 5]);
    expect(await versions('sort=-created_at')).toEqual([5, 4, 3, 2, 1]);
    expect(await versions('status=revoked&status=disabled')).toEqual([2, 3]);
    expect(await versions(`id=${current_kid}`)).toEqual([1]);
    expect(await versions('version=4&version=5')).toEqual([4, 5]);
    expect(await versions('created_from=2000-01-01T00:00:00Z&created_before=2001-01-01T00:00:00Z')).toEqual([]);
    const first = await list('limit=2');
    expect(first).toMatchObject({ total: 5, next_cursor: expect.any(String) });
    expect(await versions(`limit=2&cursor=${first.next_cursor}`)).toEqual([3, 4]);
    expect((await list(`elastic_key_id=${id}&status=revoked`, 'material-keys')).items).toEqual([
      expect.objectContaining({ elastic_key_id: id, version: 2, status: 'revoked', current: false }),
    ]);
    expect((await list('limit=1', 'material-keys')).total).toBeGreaterThan(5);
  });

  describe('under an alias', () => {
    const assign = (id: string, alias: string) => post(a, `${id}/aliases`, { alias });

    it('is found by every operation, and moves with the alias to another key', async () => {
      const one = await create('A256KW+A256GCM');
      const two = await create('A256KW+A256GCM');
      expect(await assign(one.id, 'payments')).toMatchObject({
        status: 200,
        body: { alias: 'payments', elastic_key_id: one.id },
      });
      const { jwe } = (await post(b, 'alias:payments/encrypt', { plaintext: bytes('x') })).body;
      expect(await outcome(b, `${one.id}/decrypt`, { jwe })).toBe('done');
      await assign(two.id, 'payments');
      expect(await outcome(b, 'alias:payments/decrypt', { jwe })).toBe('decrypt_failed');
      expect((await b.call('GET', `${api}/alias:payments`, { token })).body.id).toBe(two.id);
      expect((await b.call('GET', `${api}/alias:payments/jwks`, { token })).status).toBe(200);
      expect((await b.call('GET', `${api}/${two.id}/aliases`, { token })).body).toEqual({
        items: [{ alias: 'payments' }],
      });
      expect((await a.call('DELETE', `${api}/${one.id}/aliases/payments`, { token })).body.code).toBe(
        'alias_not_found',
      );
      expect((await a.call('DELETE', `${api}/${two.id}/aliases/payments`, { token })).status).toBe(204);
      expect(await outcome(b, 'alias:payments/encrypt', { plaintext: bytes('x') })).toBe('key_not_found');
    });

    it('that somebody else pointed elsewhere is an integrity error', async () => {
      const one = await create('A256GCM');
      const two = await create('A256GCM');
      await assign(one.id, 'pointed');
      await restamp(`UPDATE key_aliases SET elastic_key_id = $1 WHERE alias = 'pointed'`, [two.id]);
      expect(await outcome(b, 'alias:pointed/encrypt', { plaintext: bytes('x') })).toBe('integrity');
    });

    it('is refused when it is badly spelled, and is of its tenant alone', async () => {
      const { id } = await create('A256GCM');
      for (const alias of ['', 'A', '-x', 'x-', 'x y', 'x'.repeat(64), 'alias:x'])
        expect(await assign(id, alias)).toMatchObject({ status: 400, body: { code: 'invalid_request' } });
      await assign(id, 'mine');
      expect(await b.call('GET', `${api}/alias:mine`, { identity: 'rs' })).toMatchObject({ status: 404 });
    });
  });

  it('of a service is rotated by operators', async () => {
    const rotate = (path: string, options: object) => a.call('POST', `/admin/v1/identities/${path}/rotate`, options);
    expect(await rotate('authz/keys/token-signing', { identity: 'ops' })).toMatchObject({
      status: 200,
      body: { name: 'token-signing', current_version: 2 },
    });
    for (const path of ['authz/keys/other', 'default/keys/key 1', 'ops/keys/token-signing'])
      expect(await rotate(encodeURI(path), { identity: 'ops' })).toMatchObject({
        status: 404,
        body: { code: 'key_not_found' },
      });
    for (const options of [{ identity: 'authz' }, { token }])
      expect([401, 403]).toContain((await rotate('authz/keys/token-signing', options)).status);
  });
});
