import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DataSource } from 'typeorm';
import { Barrier } from '../barrier/barrier.js';
import { ElasticKeyEntity } from './elastic-key.entity.js';
import { sealElasticState } from './sealed-state.js';
import { type KmsSuite, type Replica, allScopes, api, kmsSuite } from '../../test/kms-suite.fixture.js';

describe('elastic keys', () => {
  let suite: KmsSuite;
  let kms: Replica;
  let token: string;
  beforeAll(async () => {
    suite = await kmsSuite();
    kms = await suite.startUnsealed();
    token = await suite.issuer.token(allScopes);
  });
  afterAll(() => suite.close());

  const create = (body: unknown) => kms.call('POST', api, { token, body });
  const list = async (query: string) => kms.call('GET', `${api}?${query}`, { token });
  const names = async (query: string) => ((await list(query)).body.items as { name: string }[]).map(({ name }) => name);

  it('creates a key with its first version and describes it', async () => {
    const { status, body } = await create({ name: 'first', description: 'of all', algorithm: 'ES256' });
    expect(status).toBe(201);
    expect(body).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      name: 'first',
      description: 'of all',
      algorithm: 'ES256',
      access: 'tenant',
      status: 'enabled',
      current_version: 1,
      current_kid: expect.stringMatching(/^[0-9a-f-]{36}$/),
      created_at: expect.stringMatching(/^\d{4}-.*Z$/),
      updated_at: body.created_at,
    });
    expect((await kms.call('GET', `${api}/${body.id}`, { token })).body).toEqual(body);
  });

  it('makes an A256KW+A256GCM key when no algorithm is named', async () => {
    expect((await create({ name: 'plain' })).body).toMatchObject({ algorithm: 'A256KW+A256GCM', description: '' });
  });

  it.each([
    [{}, 'name'],
    [{ name: '' }, 'name'],
    [{ name: 'x'.repeat(64) }, 'name'],
    [{ name: ' x' }, 'name'],
    [{ name: 'x\u0000y' }, 'name'],
    [{ name: 'x', algorithm: 'RS1' }, 'algorithm'],
    [{ name: 'x', algorithm: 'none' }, 'algorithm'],
    [{ name: 'x', algorithm: 'RSA1_5+A256GCM' }, 'algorithm'],
    [{ name: 'x', algorithm: 'RSA-OAEP+A256GCM' }, 'algorithm'],
    [{ name: 'x', description: 'x'.repeat(1025) }, 'description'],
    [{ name: 'x', tenant: 'authz' }, 'tenant'],
    [{ name: 'x', material: 'AAAA' }, 'material'],
  ])('refuses to create %j, naming the field', async (body, name) => {
    expect(await create(body)).toMatchObject({ status: 400, body: { code: 'invalid_request', fields: [{ name }] } });
  });

  it('makes one key of many that ask for the same name at once', async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => create({ name: 'same', algorithm: 'A256GCM' })));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(answers.filter(({ status, body }) => status === 409 && body.code === 'name_taken')).toHaveLength(7);
    expect(
      await suite.database.sql(
        `SELECT count(*)::int AS n FROM material_keys WHERE elastic_key_id NOT IN (SELECT id FROM elastic_keys)`,
      ),
    ).toEqual([{ n: 0 }]);
  });

  it('adds a version for each of many rotations at once', async () => {
    const { id } = (await create({ name: 'rotated', algorithm: 'ES256' })).body;
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => kms.call('POST', `${api}/${id}/rotate`, { token })),
    );
    expect(answers.map(({ body }) => body.current_version).sort()).toEqual([2, 3, 4, 5, 6, 7, 8, 9]);
    expect((await kms.call('GET', `${api}/${id}/jwks`, { token })).body.keys).toHaveLength(9);
  });

  it('answers 404 for reading and rotating a key that is not there', async () => {
    for (const id of ['0198c000-0000-7000-8000-000000000000', 'x']) {
      expect(await kms.call('GET', `${api}/${id}`, { token })).toMatchObject({
        status: 404,
        body: { code: 'key_not_found' },
      });
      expect(await kms.call('POST', `${api}/${id}/rotate`, { token })).toMatchObject({
        status: 404,
        body: { code: 'key_not_found' },
      });
      expect(await kms.call('GET', `${api}/${id}/jwks`, { token })).toMatchObject({
        status: 404,
        body: { code: 'key_not_found' },
      });
    }
  });

  it('lets a disabled key neither operate nor rotate', async () => {
    const { id } = (await create({ name: 'disabled', algorithm: 'ES256' })).body;
    // There is no route that disables yet: the row is sealed as one would.
    const manager = kms.kms.app.get(DataSource, { strict: false }).manager;
    const row = await manager.findOneByOrFail(ElasticKeyEntity, { id });
    const disabled = { ...row, status: 'disabled' as const, generation: 2 };
    await manager.update(
      ElasticKeyEntity,
      { id },
      { ...disabled, ...sealElasticState(kms.kms.app.get(Barrier, { strict: false }), disabled) },
    );
    for (const [path, body] of [
      ['rotate', undefined],
      ['sign', { payload: 'AAAA' }],
      ['verify', { jws: 'a.b.c' }],
    ] as const) {
      expect(await kms.call('POST', `${api}/${id}/${path}`, { token, body })).toMatchObject({
        status: 409,
        body: { code: 'key_disabled' },
      });
    }
  });

  describe('lists', () => {
    const made = ['list-a', 'list-b', 'list-c', 'list-d', 'list-e'];
    beforeAll(async () => {
      for (const [at, name] of made.entries()) await create({ name, algorithm: at % 2 ? 'A256GCM' : 'EdDSA' });
    });
    const mine = made.map((name) => `name=${name}`).join('&');

    it('page by page in each order, without repeating or hiding, telling the total', async () => {
      for (const [sort, expected] of [
        ['name', made],
        ['-name', [...made].reverse()],
        ['created_at', made],
        ['-created_at', [...made].reverse()],
      ] as const) {
        const seen: string[] = [];
        let cursor: string | null = null;
        do {
          const { body } = await list(`${mine}&sort=${sort}&limit=2${cursor ? `&cursor=${cursor}` : ''}`);
          expect(body.total).toBe(5);
          expect(body.items.length).toBeLessThanOrEqual(2);
          seen.push(...body.items.map(({ name }: { name: string }) => name));
          cursor = body.next_cursor;
        } while (cursor);
        expect(seen).toEqual(expected);
      }
    });

    it('have no next page when the last one is full', async () => {
      expect((await list(`${mine}&limit=5`)).body).toMatchObject({ total: 5, next_cursor: null });
    });

    it('filter by name, algorithm, status, id and creation', async () => {
      const all = (await list(`${mine}&limit=200`)).body.items as { id: string; name: string; created_at: string }[];
      expect(await names('name=list-c')).toEqual(['list-c']);
      expect(await names(`${mine}&algorithm=A256GCM`)).toEqual(['list-b', 'list-d']);
      expect(await names(`${mine}&algorithm=A256GCM&algorithm=EdDSA`)).toEqual(made);
      expect(await names(`id=${all[1]!.id}&id=${all[3]!.id}`)).toEqual(['list-b', 'list-d']);
      expect(await names(`${mine}&status=disabled`)).toEqual([]);
      expect(await names(`${mine}&created_from=${all[2]!.created_at}`)).toEqual(
        all.filter((key) => key.created_at >= all[2]!.created_at).map(({ name }) => name),
      );
      expect(await names(`${mine}&created_before=${all[2]!.created_at}`)).toEqual(
        all.filter((key) => key.created_at < all[2]!.created_at).map(({ name }) => name),
      );
      expect((await list('name=no-such-key')).body).toEqual({ items: [], total: 0, next_cursor: null });
    });

    it.each([
      'limit=0',
      'limit=201',
      'limit=x',
      'sort=algorithm',
      'id=x',
      'algorithm=none',
      'unknown=1',
      'sort=name&sort=name',
      'created_from=yesterday',
    ])('refuse %s', async (query) => {
      expect(await list(query)).toMatchObject({
        status: 400,
        body: { code: 'invalid_request', fields: [{ name: query.split('=')[0] }] },
      });
    });

    it('refuse a cursor that they did not give out, or gave out for another order', async () => {
      const { next_cursor } = (await list(`${mine}&sort=name&limit=2`)).body;
      const forged = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
      const wrong = [
        `sort=-name&cursor=${next_cursor}`,
        'cursor=x',
        `cursor=${forged(['created_at', 'yesterday', '0198c000-0000-7000-8000-000000000000'])}`,
        `cursor=${forged(['created_at', new Date().toISOString(), 'no uuid'])}`,
        `cursor=${forged([])}`,
        `cursor=${forged(null)}`,
      ];
      for (const query of wrong)
        expect(await list(query)).toMatchObject({ status: 400, body: { code: 'invalid_request', field: 'cursor' } });
    });
  });

  it('publishes a JWK set with a strong ETag, and 304 while it is unchanged (RFC 9110 §13.1.2)', async () => {
    const { id } = (await create({ name: 'published', algorithm: 'ES256' })).body;
    const get = (headers = {}) => kms.call('GET', `${api}/${id}/jwks`, { token, headers });
    const first = await get();
    expect(first.headers['content-type']).toMatch(/^application\/json/);
    expect(first.headers['cache-control']).toContain('private');
    expect(first.headers['etag']).toMatch(/^"[A-Za-z0-9_-]{43}"$/);
    const etag = String(first.headers['etag']);
    expect(await get({ 'if-none-match': etag })).toMatchObject({ status: 304, body: '' });
    await kms.call('POST', `${api}/${id}/rotate`, { token });
    const changed = await get({ 'if-none-match': etag });
    expect(changed.status).toBe(200);
    expect(changed.body.keys).toHaveLength(2);
    expect(changed.headers['etag']).not.toBe(etag);
    for (const key of changed.body.keys)
      expect(Object.keys(key).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']);
  });
});
