import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { base64url, generateMaterial, importMaterial, randomBytes, signJws, wrapMaterial } from '@cryptoutil/crypto';
import { adminScopes, api, bytes, type KmsSuite, kmsSuite, type Replica } from '../../test/kms-suite.fixture.js';

const wrappingKeys = '/service/api/v1/wrapping-keys';

describe('import of wrapped material', () => {
  let suite: KmsSuite;
  let a: Replica;
  let b: Replica;
  let token: string;
  let count = 0;
  let wrappingKey: { id: string; public_key: string };
  beforeAll(async () => {
    suite = await kmsSuite();
    const { shares, ...replica } = await suite.startUnsealed();
    a = replica;
    b = await suite.start();
    await b.unseal(shares.slice(0, 3));
    token = await suite.issuer.token(adminScopes);
  });
  afterAll(() => suite.close());
  beforeEach(async () => {
    wrappingKey = (await a.call('POST', wrappingKeys, { token })).body;
  });

  const post = async (path: string, body: unknown, kms = a) => kms.call('POST', `${api}${path}`, { token, body });
  const wrapped = (material: Uint8Array, { id, public_key: pem } = wrappingKey) => {
    const { encryptedKey, wrappedMaterial } = wrapMaterial(pem, material);
    return {
      wrapping_key_id: id,
      encrypted_key: base64url.encode(encryptedKey),
      wrapped_material: base64url.encode(wrappedMaterial),
    };
  };
  const create = async (algorithm: string, more: object = {}) =>
    (await post('', { name: `key ${(count += 1)}`, algorithm, ...more })).body as { id: string; current_kid: string };
  const versions = async (id: string) =>
    (await a.call('GET', `${api}/${id}/material-keys`, { token })).body.items as Record<string, unknown>[];

  it('makes a key whose first version is the one that was brought in', async () => {
    const material = await generateMaterial('ES256');
    const { id, current_kid } = await create('ES256', { import: wrapped(material) });
    expect(await versions(id)).toMatchObject([{ id: current_kid, version: 1, origin: 'imported', current: true }]);
    const jws = await signJws(importMaterial('ES256', material), Buffer.from('made elsewhere'));
    expect((await post(`/${id}/verify`, { jws, kid: current_kid })).body).toEqual({
      valid: true,
      payload: bytes('made elsewhere'),
    });
    expect((await post(`/${id}/verify`, { jws })).body).toEqual({ valid: false });
  });

  it('adds a version to a key, on another replica than the one that gave out the wrapping key', async () => {
    const { id } = await create('HS256');
    const answer = await post(`/${id}/import`, wrapped(randomBytes(32)), b);
    expect(answer).toMatchObject({ status: 200, body: { current_version: 2 } });
    expect((await versions(id)).map(({ origin }) => origin)).toEqual(['generated', 'imported']);
    expect((await post(`/${id}/rotate`, {})).body.current_version).toBe(3);
  });

  it('takes a wrapping key once, also when many come at the same time on two replicas', async () => {
    const { id } = await create('HS256');
    const body = wrapped(randomBytes(32));
    const answers = await Promise.all(Array.from({ length: 20 }, (_, n) => post(`/${id}/import`, body, n % 2 ? a : b)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter((answer) => answer.body.code === 'wrapping_key_not_found')).toHaveLength(19);
    expect(await versions(id)).toHaveLength(2);
  });

  it('uses a wrapping key up with the first attempt, so that nobody tries out ciphertexts', async () => {
    const { id } = await create('HS256');
    const good = wrapped(randomBytes(32));
    const bad = { ...good, encrypted_key: base64url.encode(randomBytes(384)) };
    expect(await post(`/${id}/import`, bad)).toMatchObject({
      status: 400,
      body: { code: 'invalid_request', field: 'encrypted_key' },
    });
    expect((await post(`/${id}/import`, good)).body.code).toBe('wrapping_key_not_found');
  });

  it('refuses an expired wrapping key', async () => {
    const { id } = await create('HS256');
    await suite.database.sql('UPDATE wrapping_keys SET expires_at = now() WHERE id = $1', [wrappingKey.id]);
    expect(await post(`/${id}/import`, wrapped(randomBytes(32)))).toMatchObject({
      status: 409,
      body: { code: 'wrapping_key_not_found', field: 'wrapping_key_id' },
    });
  });

  it('refuses a wrapping key of another tenant', async () => {
    const { id } = await create('HS256');
    await suite.database.sql(`UPDATE wrapping_keys SET tenant = 'authz' WHERE id = $1`, [wrappingKey.id]);
    expect((await post(`/${id}/import`, wrapped(randomBytes(32)))).body.code).toBe('wrapping_key_not_found');
  });

  it('refuses a wrapping key whose row was moved or changed', async () => {
    const { id } = await create('HS256');
    const other = (await a.call('POST', wrappingKeys, { token })).body as typeof wrappingKey;
    await suite.database.sql(
      'UPDATE wrapping_keys SET sealed = (SELECT sealed FROM wrapping_keys WHERE id = $2) WHERE id = $1',
      [wrappingKey.id, other.id],
    );
    expect((await post(`/${id}/import`, wrapped(randomBytes(32), { ...other, id: wrappingKey.id }))).body.code).toBe(
      'integrity',
    );
  });

  it.each([
    ['a key of another kind', 'ES256', () => generateMaterial('EdDSA'), 'cannot be used with ES256'],
    ['another curve', 'ES256', () => generateMaterial('ES384'), 'cannot be used with ES256'],
    ['RSA of 2048 bit for a key of 3072', 'RS256', () => generateMaterial('RS256', { modulusLength: 2048 }), '3072'],
    ['bytes that are no key', 'ES256', () => Promise.resolve(randomBytes(64)), 'no key of the expected form'],
    ['a symmetric key that is too short', 'HS256', () => Promise.resolve(randomBytes(31)), 'has 32 bytes'],
    ['a symmetric key that is too long', 'A256KW+A256GCM', () => Promise.resolve(randomBytes(33)), 'has 32 bytes'],
  ])('refuses %s', async (_what, algorithm, material, detail) => {
    const { id } = await create(algorithm);
    const { status, body } = await post(`/${id}/import`, wrapped(await material()));
    expect({ status, code: body.code, field: body.field }).toEqual({
      status: 400,
      code: 'invalid_request',
      field: 'wrapped_material',
    });
    expect(body.detail).toContain(detail);
    expect(await versions(id)).toHaveLength(1);
  });

  it.each([
    ['plain', () => base64url.encode(randomBytes(32)), 'wrapped_material'],
    ['nothing', () => '', 'wrapped_material'],
    ['text that is no base64url', () => '+/==', 'wrapped_material'],
  ])('refuses material that is %s instead of wrapped', async (_what, text, field) => {
    const { id } = await create('HS256');
    const { status, body } = await post(`/${id}/import`, { ...wrapped(randomBytes(32)), wrapped_material: text() });
    expect(status).toBe(400);
    expect(body.field ?? body.fields[0].name).toBe(field);
  });

  it('shows the length of an RSA key that was brought in, and asks for it again', async () => {
    const material = await generateMaterial('PS256', { modulusLength: 2048 });
    const made = await create('PS256', { import: wrapped(material) });
    expect(made).toMatchObject({ key_bits: 2048 });
    const next = (await a.call('POST', wrappingKeys, { token })).body;
    expect((await post(`/${made.id}/import`, wrapped(material, next))).status).toBe(200);
  });

  it('names only imported versions for messages that do not name theirs', async () => {
    const { id, current_kid: kid } = await create('ES256');
    const { jws } = (await post(`/${id}/sign`, { payload: 'AAAA' })).body;
    expect((await post(`/${id}/verify`, { jws, kid })).body).toMatchObject({ code: 'invalid_request', field: 'kid' });
  });

  it('leaves no row and makes no key when the name is taken', async () => {
    await create('HS256', { name: 'taken' });
    const answer = await post('', { name: 'taken', algorithm: 'HS256', import: wrapped(randomBytes(32)) });
    expect(answer.body.code).toBe('name_taken');
    // The wrapping key is still there: nothing was tried with it.
    expect(await suite.database.sql('SELECT 1 FROM wrapping_keys WHERE id = $1', [wrappingKey.id])).toHaveLength(1);
  });

  it('gives out at most a hundred wrapping keys that wait', async () => {
    await suite.database.sql(
      `INSERT INTO wrapping_keys SELECT gen_random_uuid(), 'default', 1, '', now() + interval '1 hour' FROM generate_series(1, 100)`,
    );
    expect((await a.call('POST', wrappingKeys, { token })).body.code).toBe('quota_exceeded');
    await suite.database.sql(`DELETE FROM wrapping_keys`);
  });
});
