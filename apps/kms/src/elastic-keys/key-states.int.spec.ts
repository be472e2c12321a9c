import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type KmsSuite, type Replica, allScopes, api, bytes } from '../../test/kms-suite.fixture.js';
import { keyCalls, twoUnsealed } from '../../test/key-calls.fixture.js';
import { Clock } from './clock.js';
import { DestroyDueKeys } from '../key-jobs/destroy-due-keys.js';
import { KeyJobs } from '../key-jobs/key-jobs.js';

const DAY_MS = 86_400_000;
/** The long run of this proof: `KMS_SWITCHES=1000`. */
const SWITCHES = Number(process.env['KMS_SWITCHES'] ?? 100);

describe('the state of a key', () => {
  let suite: KmsSuite;
  let a: Replica;
  let b: Replica;
  let token: string;
  beforeAll(async () => {
    ({ suite, a, b, token } = await twoUnsealed());
  });
  afterAll(() => suite.close());

  const { create, post, outcome, restamp } = keyCalls(() => ({ suite, a, token }));
  /** A signing and an encrypting key, each with something it made before. */
  const pair = async (more: object = {}) => {
    const signing = await create('ES256', more);
    const encrypting = await create('A256GCM', more);
    const { jws } = (await post(a, `${signing.id}/sign`, { payload: bytes('x') })).body;
    const { jwe } = (await post(a, `${encrypting.id}/encrypt`, { plaintext: bytes('x') })).body;
    const operations = async () => ({
      sign: await outcome(b, `${signing.id}/sign`, { payload: bytes('x') }),
      verify: await outcome(b, `${signing.id}/verify`, { jws }),
      encrypt: await outcome(b, `${encrypting.id}/encrypt`, { plaintext: bytes('x') }),
      decrypt: await outcome(b, `${encrypting.id}/decrypt`, { jwe }),
    });
    const both = async (method: string, path: string) => {
      for (const { id } of [signing, encrypting]) {
        expect(await a.call(method, `${api}/${id}${path}`, { token })).toMatchObject({ status: 200 });
      }
    };
    return { signing, encrypting, operations, both };
  };
  const all = (result: string) => ({ sign: result, verify: result, encrypt: result, decrypt: result });

  it('enabled lets everything through, and each other state refuses as SP 800-57 part 1 §7 has it, on the other replica at once', async () => {
    const { operations, both } = await pair();
    expect(await operations()).toEqual(all('done'));
    await both('POST', '/disable');
    expect(await operations()).toEqual(all('key_disabled'));
    await both('POST', '/enable');
    expect(await operations()).toEqual(all('done'));
    await both('POST', '/material-keys/1/disable');
    expect(await operations()).toEqual(all('key_disabled'));
    await both('POST', '/material-keys/1/enable');
    expect(await operations()).toEqual(all('done'));
    await both('DELETE', '');
    expect(await operations()).toEqual(all('key_pending_deletion'));
    await both('POST', '/restore');
    expect(await operations()).toEqual(all('key_disabled'));
    await both('POST', '/enable');
    await both('POST', '/material-keys/1/revoke');
    expect(await operations()).toEqual(all('key_revoked'));
  });

  it('expired (deactivated) still decrypts and verifies, and protects no more', async () => {
    const { operations, both } = await pair({ policy: { expire_after_seconds: 60 } });
    expect(await operations()).toEqual(all('done'));
    const now = Date.now();
    for (const replica of [a, b]) moveClock(replica, now + 61_000);
    expect(await operations()).toEqual({
      sign: 'key_expired',
      encrypt: 'key_expired',
      verify: 'done',
      decrypt: 'done',
    });
    await both('POST', '/rotate');
    for (const replica of [a, b]) moveClock(replica, undefined);
    expect(await operations()).toEqual(all('done'));
  });

  it(
    `disabled on one replica refuses the next call on the other, ${SWITCHES} times`,
    async () => {
      const { id } = await create('A256KW+A256GCM');
      for (let n = 0; n < 2 * SWITCHES; n += 1) {
        await post(a, `${id}/${n % 2 ? 'enable' : 'disable'}`);
        expect(await outcome(b, `${id}/encrypt`, { plaintext: bytes('x') })).toBe(n % 2 ? 'done' : 'key_disabled');
      }
    },
    30_000 + 300 * SWITCHES,
  );

  it('of a revoked version is for good, and leaves the other versions alone', async () => {
    const { id } = await create('ES256');
    const old = (await post(a, `${id}/sign`, { payload: bytes('x') })).body;
    await post(a, `${id}/rotate`);
    expect(await post(a, `${id}/material-keys/1/revoke`)).toMatchObject({
      status: 200,
      body: { version: 1, status: 'revoked', current: false },
    });
    expect(await outcome(b, `${id}/verify`, { jws: old.jws })).toBe('key_revoked');
    expect(await outcome(b, `${id}/sign`, { payload: bytes('x'), kid: old.kid })).toBe('key_revoked');
    expect(await outcome(b, `${id}/sign`, { payload: bytes('x') })).toBe('done');
    for (const path of ['enable', 'disable']) {
      expect(await post(a, `${id}/material-keys/1/${path}`)).toMatchObject({
        status: 409,
        body: { code: 'key_revoked' },
      });
    }
    const { body } = await a.call('GET', `${api}/${id}/jwks`, { token });
    expect(body.keys).toHaveLength(1);
    expect(await post(a, `${id}/material-keys/9/revoke`)).toMatchObject({
      status: 404,
      body: { code: 'key_not_found' },
    });
  });

  it('revoked and deleted only by administrators', async () => {
    const { id } = await create('ES256');
    const writer = await suite.issuer.token(allScopes);
    for (const [method, path] of [
      ['POST', '/material-keys/1/revoke'],
      ['DELETE', ''],
      ['POST', '/restore'],
    ] as const) {
      expect(await a.call(method, `${api}/${id}${path}`, { token: writer })).toMatchObject({ status: 403 });
    }
  });

  it('publishes no keys while disabled', async () => {
    const { id } = await create('ES256');
    const keys = async () => (await b.call('GET', `${api}/${id}/jwks`, { token })).body.keys.length as number;
    expect(await keys()).toBe(1);
    await post(a, `${id}/disable`);
    expect(await keys()).toBe(0);
    await post(a, `${id}/enable`);
    await post(a, `${id}/material-keys/1/disable`);
    expect(await keys()).toBe(0);
  });

  it('written into the columns by somebody else is an integrity error', async () => {
    const { id } = await create('ES256');
    await post(a, `${id}/disable`);
    await restamp(`UPDATE elastic_keys SET status = 'enabled' WHERE id = $1`, [id]);
    expect(await outcome(b, `${id}/sign`, { payload: bytes('x') })).toBe('integrity');
    await restamp(`UPDATE elastic_keys SET status = 'disabled' WHERE id = $1`, [id]);
    await post(a, `${id}/enable`);
    await post(a, `${id}/material-keys/1/revoke`);
    await restamp(`UPDATE material_keys SET status = 'enabled' WHERE elastic_key_id = $1`, [id]);
    expect(await outcome(b, `${id}/sign`, { payload: bytes('x') })).toBe('integrity');
    const other = await create('ES256', { policy: { expire_after_seconds: 60 } });
    await restamp('UPDATE material_keys SET expires_at = NULL WHERE elastic_key_id = $1', [other.id]);
    expect(await outcome(b, `${other.id}/sign`, { payload: bytes('x') })).toBe('integrity');
    await restamp(`UPDATE elastic_keys SET policy = '{}' WHERE id = $1`, [other.id]);
    expect(await outcome(b, `${other.id}/sign`, { payload: bytes('x') })).toBe('integrity');
  });

  describe('pending deletion', () => {
    const remove = (id: string, query = '') => a.call('DELETE', `${api}/${id}${query}`, { token });
    const destroy = (kms: Replica, atMs: number) =>
      kms.kms.app.get(DestroyDueKeys, { strict: false }).execute(new Date(atMs));

    it('lasts 30 days, or 7 to 30 when said so, and asking again does not move it', async () => {
      const { id } = await create('ES256');
      const { body } = await remove(id, '?days=7');
      expect(body.status).toBe('pending_deletion');
      const days = (Date.parse(body.delete_after) - Date.now()) / DAY_MS;
      expect(Math.round(days)).toBe(7);
      expect((await remove(id, '?days=30')).body.delete_after).toBe(body.delete_after);
      const other = await create('ES256');
      expect(Math.round((Date.parse((await remove(other.id)).body.delete_after) - Date.now()) / DAY_MS)).toBe(30);
      for (const wrong of ['6', '31', '0', '-7', '7.5', 'x'])
        expect(await remove(id, `?days=${wrong}`)).toMatchObject({ status: 400, body: { code: 'invalid_request' } });
      await post(a, `${id}/restore`);
    });

    it('refuses every other change, and restoring what is not pending', async () => {
      const { id } = await create('ES256');
      expect(await post(a, `${id}/restore`)).toMatchObject({ status: 409, body: { code: 'state_conflict' } });
      await remove(id);
      for (const path of ['enable', 'disable', 'rotate', 'material-keys/1/revoke'])
        expect(await post(a, `${id}/${path}`)).toMatchObject({ status: 409, body: { code: 'key_pending_deletion' } });
    });

    it('ends in destruction by exactly one of the replicas, for good, and the name is never free again', async () => {
      const { id, name } = await create('A256KW+A256GCM');
      const { jwe } = (await post(a, `${id}/encrypt`, { plaintext: bytes('x') })).body;
      const dueMs = Date.parse((await remove(id, '?days=7')).body.delete_after);
      expect(await destroy(a, dueMs - 1)).toBe(0);
      expect(await Promise.all([destroy(a, dueMs), destroy(b, dueMs)])).toEqual(expect.arrayContaining([0, 1]));
      expect(
        await suite.database.sql(
          'SELECT octet_length(sealed_material) AS n, public_jwk, status FROM material_keys WHERE elastic_key_id = $1',
          [id],
        ),
      ).toEqual([{ n: 0, public_jwk: null, status: 'destroyed' }]);
      expect((await a.call('GET', `${api}/${id}`, { token })).body.status).toBe('destroyed');
      for (const path of ['restore', 'enable', 'rotate', 'material-keys/1/enable'])
        expect(await post(b, `${id}/${path}`)).toMatchObject({ status: 404, body: { code: 'key_not_found' } });
      expect(await outcome(b, `${id}/decrypt`, { jwe })).toBe('key_not_found');
      expect(await outcome(b, `${id}/encrypt`, { plaintext: bytes('x') })).toBe('key_not_found');
      expect(await a.call('POST', api, { token, body: { name } })).toMatchObject({
        status: 409,
        body: { code: 'name_taken' },
      });
    });

    it('does not destroy what was restored, nor what somebody else dated', async () => {
      const { id } = await create('ES256');
      const dueMs = Date.parse((await remove(id, '?days=7')).body.delete_after);
      await post(a, `${id}/restore`);
      expect(await destroy(b, dueMs)).toBe(0);
      await remove(id);
      await restamp('UPDATE elastic_keys SET delete_after = $2 WHERE id = $1', [id, new Date(0)]);
      await expect(destroy(b, Date.now())).rejects.toMatchObject({ code: 'integrity' });
      await b.kms.app.get(KeyJobs, { strict: false }).run();
      expect(JSON.stringify(b.lines)).toContain('A job on keys failed');
      expect(await suite.database.sql('SELECT status FROM elastic_keys WHERE id = $1', [id])).toEqual([
        { status: 'pending_deletion' },
      ]);
      await restamp('DELETE FROM material_keys WHERE elastic_key_id = $1', [id]);
      await restamp('DELETE FROM elastic_keys WHERE id = $1', [id]);
    });
  });
});

/** The clock of a replica stands at this time; undefined: it runs. */
function moveClock({ kms }: Replica, atMs: number | undefined): void {
  const clock = kms.app.get(Clock, { strict: false });
  clock.now = () => (atMs === undefined ? new Date() : new Date(atMs));
}
