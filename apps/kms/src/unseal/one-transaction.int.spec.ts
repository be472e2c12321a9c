import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type KmsSuite, type Replica, allScopes, api, kmsSuite } from '../../test/kms-suite.fixture.js';

// The session that does the change is killed by the server, at the statement that touches the table or at COMMIT: what a kill -9
// of the process leaves behind is what PostgreSQL rolls back.
const fault = `
  CREATE FUNCTION fault() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); PERFORM pg_sleep(5); RETURN NULL; END $$`;
const at = (table: string, when: 'statement' | 'commit', event = 'INSERT') =>
  when === 'statement'
    ? `CREATE TRIGGER fault BEFORE ${event} ON ${table} FOR EACH ROW EXECUTE FUNCTION fault()`
    : `CREATE CONSTRAINT TRIGGER fault AFTER ${event} ON ${table} DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION fault()`;

describe('a change that is cut off', () => {
  let suite: KmsSuite;
  let kms: Replica;
  let shares: string[];
  beforeAll(async () => {
    suite = await kmsSuite();
    kms = await suite.start();
    await suite.database.sql(fault);
  });
  afterAll(() => suite.close());

  const withFault = async <T>(table: string, trigger: string, work: () => Promise<T>): Promise<T> => {
    await suite.database.sql(trigger);
    const result = await work();
    await suite.database.sql(`DROP TRIGGER fault ON ${table}`);
    return result;
  };
  const rows = async () =>
    (
      await suite.database
        .sql(`SELECT (SELECT count(*) FROM share_sets)::int AS sets, (SELECT count(*) FROM share_commitments)::int AS commitments,
        (SELECT count(*) FROM barrier)::int AS barriers, (SELECT count(*) FROM barrier_keys)::int AS keys,
        (SELECT count(*) FROM elastic_keys)::int AS elastic, (SELECT count(*) FROM material_keys)::int AS material`)
    )[0];
  const init = () => kms.call('POST', '/admin/v1/init', { identity: 'ops', body: {} });
  const empty = { sets: 0, commitments: 0, barriers: 0, keys: 0, elastic: 0, material: 0 };

  it.each(['share_sets', 'share_commitments', 'barrier', 'barrier_keys'])(
    'while init writes %s leaves nothing of it',
    async (table) => {
      for (const when of ['statement', 'commit'] as const) {
        expect(await withFault(table, at(table, when), init)).toMatchObject({ status: 503 });
        expect(await rows()).toEqual(empty);
        expect((await kms.call('GET', '/admin/v1/seal-status')).body.initialized).toBe(false);
      }
    },
  );

  it('is followed by an init that works', async () => {
    const { status, body } = await init();
    expect(status).toBe(201);
    shares = body.shares;
    expect(await rows()).toEqual({ sets: 1, commitments: 5, barriers: 1, keys: 2, elastic: 0, material: 0 });
  });

  it.each(['elastic_keys', 'material_keys'])(
    'while unsealing writes %s leaves the kms sealed, and the same share can be given again',
    async (table) => {
      await kms.unseal(shares.slice(0, 2));
      for (const when of ['statement', 'commit'] as const) {
        expect(await withFault(table, at(table, when), () => kms.unseal([shares[2]!]))).toMatchObject({ status: 503 });
        expect((await kms.call('GET', '/admin/v1/seal-status')).body).toMatchObject({ sealed: true, progress: 2 });
        expect((await kms.call('GET', '/admin/v1/readyz')).body.status).toBe('sealed');
      }
      expect((await kms.unseal([shares[2]!])).body.sealed).toBe(false);
      expect(await rows()).toMatchObject({ elastic: 5, material: 5 });
      await kms.call('POST', '/admin/v1/seal', { identity: 'ops' });
      await suite.database.sql('DELETE FROM material_keys');
      await suite.database.sql('DELETE FROM elastic_keys');
    },
  );

  it.each(['elastic_keys', 'material_keys'])(
    'while a key is created in %s leaves no key and a free name',
    async (table) => {
      await kms.unseal(shares.slice(0, 3));
      const token = await suite.issuer.token(allScopes);
      const before = await rows();
      const create = () => kms.call('POST', api, { token, body: { name: `new-${table}`, algorithm: 'ES256' } });
      for (const when of ['statement', 'commit'] as const) {
        expect(await withFault(table, at(table, when), create)).toMatchObject({ status: 503 });
        expect(await rows()).toEqual(before);
      }
      expect(await create()).toMatchObject({ status: 201 });
    },
  );

  it.each([
    ['material_keys', 'INSERT'],
    ['elastic_keys', 'UPDATE'],
  ])('while a key is rotated in %s leaves the old version current and usable', async (table, event) => {
    const token = await suite.issuer.token(allScopes);
    const { id, current_version, current_kid } = (await kms.call('GET', `${api}?name=new-elastic_keys`, { token })).body
      .items[0];
    for (const when of ['statement', 'commit'] as const) {
      expect(
        await withFault(table, at(table, when, event), () => kms.call('POST', `${api}/${id}/rotate`, { token })),
      ).toMatchObject({ status: 503 });
      expect((await kms.call('GET', `${api}/${id}`, { token })).body).toMatchObject({ current_version, current_kid });
      expect((await kms.call('POST', `${api}/${id}/sign`, { token, body: { payload: 'AAAA' } })).body.kid).toBe(
        current_kid,
      );
    }
    expect((await kms.call('POST', `${api}/${id}/rotate`, { token })).body.current_version).toBe(current_version + 1);
  });
});
