import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type KmsSuite, type Replica, allScopes, api, bytes, kmsSuite } from '../../test/kms-suite.fixture.js';

interface Key {
  id: string;
  kid: string;
  jwe: string;
}

describe('a tampered row', () => {
  let suite: KmsSuite;
  let kms: Replica;
  let token: string;
  let a: Key;
  let b: Key;
  beforeAll(async () => {
    suite = await kmsSuite();
    kms = await suite.startUnsealed();
    token = await suite.issuer.token(allScopes);
    a = await make('a');
    b = await make('b');
    await kms.call('POST', `${api}/${b.id}/rotate`, { token });
    await save();
    await suite.database.sql('ALTER TABLE material_keys DROP CONSTRAINT material_keys_elastic_key_id_version_key');
  });
  afterAll(() => suite.close());

  const make = async (name: string): Promise<Key> => {
    const { body } = await kms.call('POST', api, { token, body: { name, algorithm: 'A256KW+A256GCM' } });
    const encrypted = await kms.call('POST', `${api}/${body.id}/encrypt`, {
      token,
      body: { plaintext: bytes('secret') },
    });
    return { id: body.id, kid: body.current_kid, jwe: encrypted.body.jwe };
  };
  const decrypt = (key: Key) => kms.call('POST', `${api}/${key.id}/decrypt`, { token, body: { jwe: key.jwe } });
  const outcome = async (key: Key) => {
    const { status, body } = await decrypt(key);
    expect(body.plaintext === undefined || status === 200).toBe(true);
    return `${status} ${body.code ?? body.plaintext}`;
  };
  const save = () =>
    suite.database.sql(`
      DROP TABLE IF EXISTS e, m;
      CREATE TABLE e AS SELECT * FROM elastic_keys; CREATE TABLE m AS SELECT * FROM material_keys`);
  /** Changes rows as someone with the database could, looks, and puts them back. */
  const tampered = async <T>(statement: string, parameters: unknown[], look: () => Promise<T>): Promise<T> => {
    await suite.database.sql(statement, parameters);
    const seen = await look();
    await suite.database.sql(`
      DELETE FROM material_keys; DELETE FROM elastic_keys;
      INSERT INTO elastic_keys SELECT * FROM e; INSERT INTO material_keys SELECT * FROM m`);
    return seen;
  };
  const integrity = '500 integrity';
  const good = `200 ${bytes('secret')}`;

  it.each(['sealed_material', 'sealed_state'])(
    'whose %s is that of another key is an integrity error, for both',
    async (column) => {
      const swap = `UPDATE material_keys x SET ${column} = y.${column} FROM material_keys y WHERE (x.id = $1 AND y.id = $2) OR (x.id = $2 AND y.id = $1)`;
      expect(await tampered(swap, [a.kid, b.kid], async () => [await outcome(a), await outcome(b)])).toEqual([
        integrity,
        integrity,
      ]);
      expect([await outcome(a), await outcome(b)]).toEqual([good, good]);
    },
  );

  it('whose sealed columns are swapped with each other is an integrity error', async () => {
    const swap =
      'UPDATE material_keys SET sealed_state = sealed_material, sealed_material = sealed_state WHERE id = $1';
    expect(await tampered(swap, [a.kid], () => outcome(a))).toBe(integrity);
  });

  it.each(['sealed_material', 'sealed_state'])(
    'whose %s is that of another version is an integrity error',
    async (column) => {
      const swap = `UPDATE material_keys x SET ${column} = y.${column} FROM material_keys y WHERE x.elastic_key_id = $1 AND y.elastic_key_id = $1 AND x.version <> y.version`;
      expect(await tampered(swap, [b.id], () => outcome(b))).toBe(integrity);
    },
  );

  it('of an elastic key with the state of another is an integrity error', async () => {
    const swap =
      'UPDATE elastic_keys x SET sealed_state = y.sealed_state FROM elastic_keys y WHERE x.id <> y.id AND x.id = ANY($1) AND y.id = ANY($1)';
    expect(await tampered(swap, [[a.id, b.id]], async () => [await outcome(a), await outcome(b)])).toEqual([
      integrity,
      integrity,
    ]);
  });

  it.each([
    ['material_keys', 'sealed_material'],
    ['material_keys', 'sealed_state'],
    ['elastic_keys', 'sealed_state'],
  ])('of %s with a byte of %s flipped, in any region, or cut off, is an integrity error', async (table, column) => {
    const id = table === 'elastic_keys' ? a.id : a.kid;
    const [row] = await suite.database.sql<{ n: number }>(
      `SELECT octet_length(${column}) AS n FROM ${table} WHERE id = $1`,
      [id],
    );
    const flips = [0, 1, 12, 13, 20, row!.n - 17, row!.n - 16, row!.n - 1];
    for (const at of flips) {
      const flip = `UPDATE ${table} SET ${column} = set_byte(${column}, ${at}, get_byte(${column}, ${at}) # 1) WHERE id = $1`;
      expect(await tampered(flip, [id], () => outcome(a))).toBe(integrity);
    }
    for (const length of [0, 1, 12, 13, 28, 29, row!.n - 1]) {
      const cut = `UPDATE ${table} SET ${column} = substring(${column} FROM 1 FOR ${length}) WHERE id = $1`;
      expect(await tampered(cut, [id], () => outcome(a))).toBe(integrity);
    }
  });

  it.each([
    ['elastic_keys', `name = 'token-signing'`],
    ['elastic_keys', `algorithm = 'A256GCM'`],
    ['elastic_keys', `algorithm = 'none'`],
    ['elastic_keys', `status = 'disabled'`],
    ['elastic_keys', 'current_version = 2'],
    ['elastic_keys', 'generation = 7'],
    ['elastic_keys', 'epoch = 2'],
    ['material_keys', `status = 'disabled'`],
    ['material_keys', 'version = 9'],
    ['material_keys', 'generation = 7'],
    ['material_keys', 'epoch = 2'],
  ])('of %s where somebody wrote %s is an integrity error', async (table, change) => {
    const id = table === 'elastic_keys' ? a.id : a.kid;
    expect(await tampered(`UPDATE ${table} SET ${change} WHERE id = $1`, [id], () => outcome(a))).toBe(integrity);
  });

  it('moved to another tenant or another key opens for nobody', async () => {
    const moveKey = `UPDATE elastic_keys SET tenant = 'default', name = 'moved' WHERE tenant = 'idp'`;
    const moved = await tampered(moveKey, [], async () => {
      const { body } = await kms.call('GET', `${api}?name=moved`, { token });
      await suite.database.sql(`UPDATE material_keys SET tenant = 'default' WHERE elastic_key_id = $1`, [
        body.items[0].id,
      ]);
      return kms.call('POST', `${api}/${body.items[0].id}/encrypt`, { token, body: { plaintext: bytes('x') } });
    });
    expect(moved).toMatchObject({ status: 500, body: { code: 'integrity' } });
    const moveVersion = 'UPDATE material_keys SET elastic_key_id = $1 WHERE id = $2';
    expect(await tampered(moveVersion, [b.id, a.kid], () => outcome({ ...a, id: b.id }))).toBe(integrity);
    expect(await tampered(moveVersion, [b.id, a.kid], () => outcome(a))).toBe(integrity);
  });

  it('whose current version is missing is an integrity error', async () => {
    const encrypt = () => kms.call('POST', `${api}/${a.id}/encrypt`, { token, body: { plaintext: bytes('x') } });
    const answer = await tampered('DELETE FROM material_keys WHERE id = $1', [a.kid], encrypt);
    expect(answer).toMatchObject({ status: 500, body: { code: 'integrity' } });
  });

  it('that was put back as it was before the key was disabled, or a version revoked, is an integrity error while the process runs', async () => {
    const c = await make('c');
    await save();
    expect(await kms.call('POST', `${api}/${c.id}/disable`, { token })).toMatchObject({ status: 200 });
    expect(await outcome(c)).toBe('409 key_disabled');
    const back =
      'UPDATE elastic_keys x SET status = e.status, generation = e.generation, sealed_state = e.sealed_state FROM e';
    await suite.database.sql(`${back} WHERE x.id = e.id AND e.id = $1`, [c.id]);
    expect(await outcome(c)).toBe(integrity);

    const d = await make('d');
    await save();
    const revoked = await kms.call('POST', `${api}/${d.id}/material-keys/1/revoke`, {
      token: await suite.issuer.token('kms:admin'),
    });
    expect(revoked).toMatchObject({ status: 200 });
    expect(await outcome(d)).toBe('409 key_revoked');
    const version =
      'UPDATE material_keys x SET status = m.status, generation = m.generation, sealed_state = m.sealed_state FROM m';
    await suite.database.sql(`${version} WHERE x.id = m.id AND m.id = $1`, [d.kid]);
    expect(await outcome(d)).toBe(integrity);
  });

  it('that is gone gives nothing: an alias names no key, and a grant lets nobody in', async () => {
    const key = (await kms.call('POST', api, { token, body: { name: 'gone', access: 'grants' } })).body.id;
    const admin = await suite.issuer.token('kms:admin kms:read');
    await kms.call('POST', `${api}/${key}/aliases`, { token: admin, body: { alias: 'gone' } });
    const grant = { grantee: { subject: 'alice' }, operations: ['encrypt'] };
    await kms.call('POST', `${api}/${key}/grants`, { token: admin, body: grant });
    const encrypt = () => kms.call('POST', `${api}/alias:gone/encrypt`, { token, body: { plaintext: bytes('x') } });
    expect(await encrypt()).toMatchObject({ status: 200 });
    await suite.database.sql('DELETE FROM key_grants WHERE elastic_key_id = $1', [key]);
    expect(await encrypt()).toMatchObject({ status: 403, body: { code: 'operation_not_allowed' } });
    await suite.database.sql(`DELETE FROM key_aliases WHERE alias = 'gone'`);
    expect(await encrypt()).toMatchObject({ status: 404, body: { code: 'key_not_found' } });
    await save();
  });

  it('cannot be rotated into being believed', async () => {
    const rotate = () => kms.call('POST', `${api}/${a.id}/rotate`, { token });
    for (const change of [`algorithm = 'ES256'`, `status = 'disabled'`, 'current_version = 5']) {
      expect(await tampered(`UPDATE elastic_keys SET ${change} WHERE id = $1`, [a.id], rotate)).toMatchObject({
        status: 500,
        body: { code: 'integrity' },
      });
    }
  });

  it('with another public key is not published while unsealed', async () => {
    const { body } = await kms.call('POST', api, { token, body: { name: 'signing', algorithm: 'ES256' } });
    const other = await kms.call('POST', api, { token, body: { name: 'attacker', algorithm: 'ES256' } });
    await save();
    const replace =
      'UPDATE material_keys SET public_jwk = (SELECT public_jwk FROM material_keys WHERE elastic_key_id = $2) WHERE elastic_key_id = $1';
    const answer = await tampered(replace, [body.id, other.body.id], () =>
      kms.call('GET', `${api}/${body.id}/jwks`, { token }),
    );
    expect(answer).toMatchObject({ status: 500, body: { code: 'integrity' } });
  });

  it('tells the caller only that it is so, and the log where', async () => {
    const flip = 'UPDATE material_keys SET sealed_material = set_byte(sealed_material, 20, 0) WHERE id = $1';
    const { body } = await tampered(flip, [a.kid], () => decrypt(a));
    expect(Object.keys(body).sort()).toEqual(['code', 'detail', 'request_id', 'status', 'title', 'type']);
    expect(JSON.stringify(kms.lines)).toContain('sealed_material');
  });

  it('of the barrier keeps the kms sealed', async () => {
    const { shares } = await freshShares();
    const statements = [
      `UPDATE barrier_keys SET wrapped = set_byte(wrapped, 20, get_byte(wrapped, 20) # 1) WHERE kind = 'intermediate'`,
      `UPDATE barrier_keys SET wrapped = set_byte(wrapped, 20, get_byte(wrapped, 20) # 1) WHERE kind = 'content'`,
      `UPDATE barrier_keys x SET wrapped = y.wrapped FROM barrier_keys y WHERE x.kind <> y.kind`,
      `UPDATE barrier_keys SET epoch = 2 WHERE kind = 'content'`,
      `DELETE FROM barrier_keys WHERE kind = 'content'`,
      `UPDATE share_sets SET root_check = sha256(root_check)`,
      `UPDATE share_sets SET root_epoch = 2`,
      `UPDATE share_sets SET threshold = 2`,
      // Whoever puts the keys of the barrier back as they were before a turn leaves fewer of them than turns were counted.
      `UPDATE barrier SET epoch = 2`,
      `UPDATE barrier_keys SET retired_at = now() WHERE kind = 'content'`,
      `UPDATE barrier_keys SET retired_at = now() WHERE kind = 'intermediate'`,
    ];
    for (const statement of statements) {
      await fresh.database.sql('CREATE TABLE k AS SELECT * FROM barrier_keys');
      await fresh.database.sql('CREATE TABLE s AS SELECT * FROM share_sets');
      await fresh.database.sql(statement);
      // A share says its threshold itself, so that one is refused before.
      const refused = statement.includes('threshold')
        ? { status: 400, code: 'share_invalid' }
        : { status: 500, code: 'integrity' };
      const { status, body } = await replica.unseal(shares.slice(0, 3));
      expect({ statement, status, code: body.code }).toEqual({ statement, ...refused });
      expect((await replica.call('GET', '/admin/v1/readyz')).body.status).toBe('sealed');
      await replica.call('POST', '/admin/v1/seal', { identity: 'ops' });
      await fresh.database.sql('DELETE FROM barrier_keys');
      await fresh.database.sql('INSERT INTO barrier_keys SELECT * FROM k');
      await fresh.database.sql(
        'UPDATE share_sets SET root_check = s.root_check, root_epoch = s.root_epoch, threshold = s.threshold FROM s',
      );
      await fresh.database.sql('UPDATE barrier SET epoch = 1');
      await fresh.database.sql('DROP TABLE k, s');
    }
    expect((await replica.unseal(shares.slice(0, 3))).body.sealed).toBe(false);
    await fresh.close();
  });

  let fresh: KmsSuite;
  let replica: Replica;
  const freshShares = async () => {
    fresh = await kmsSuite();
    replica = await fresh.start();
    return (await replica.call('POST', '/admin/v1/init', { identity: 'ops', body: {} })).body as { shares: string[] };
  };
});
