import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { base64url, importPublicJwk, verifyBytes } from '@cryptoutil/crypto';
import { type Answer, type KmsSuite, allScopes, api, bytes, kmsSuite } from '../../test/kms-suite.fixture.js';

describe('sign:batch', () => {
  let suite: KmsSuite;
  let signBatch: (body: unknown) => Promise<Answer>;
  let publicKey: () => Promise<Record<string, unknown>>;
  beforeAll(async () => {
    suite = await kmsSuite();
    const kms = await suite.startUnsealed();
    const token = await suite.issuer.token(allScopes);
    const { body } = await kms.call('POST', api, { token, body: { name: 'signing', algorithm: 'ES256' } });
    signBatch = (items) => kms.call('POST', `${api}/${body.id}/sign:batch`, { token, body: items });
    publicKey = async () => (await kms.call('GET', `${api}/${body.id}/jwks`, { token })).body.keys[0];
  });
  afterAll(() => suite.close());

  it('signs a batch of 1000 in order, each with its own reference', async () => {
    const items = Array.from({ length: 1000 }, (_, at) => ({
      reference: `r${at}`,
      signing_input: bytes(`input ${at}`),
    }));
    const { status, body } = await signBatch({ items });
    expect(status).toBe(200);
    expect(body.items.map(({ reference }: { reference: string }) => reference)).toEqual(
      items.map(({ reference }) => reference),
    );
    const material = importPublicJwk('ES256', await publicKey());
    for (const at of [0, 1, 500, 999]) {
      expect(await verifyBytes(material, Buffer.from(`input ${at}`), base64url.decode(body.items[at].signature))).toBe(
        true,
      );
    }
  });

  it('gives a wrong item of a batch its own error and signs the others', async () => {
    const { status, body } = await signBatch({
      items: [
        { reference: 'good', signing_input: bytes('x') },
        { reference: 'not base64url', signing_input: 'a+b' },
        { reference: 'not canonical', signing_input: 'QQB' },
        { reference: 'both', signing_input: bytes('x'), payload: bytes('x') },
        { reference: 'neither' },
        { payload: bytes('x') },
        { reference: 'too large', signing_input: base64url.encode(Buffer.alloc(65_537)) },
      ],
    });
    expect(status).toBe(200);
    const invalid = { error: { code: 'invalid_request' } };
    expect(body.items).toEqual([
      { reference: 'good', kid: expect.any(String), signature: expect.any(String) },
      { reference: 'not base64url', ...invalid },
      { reference: 'not canonical', ...invalid },
      { reference: 'both', ...invalid },
      { reference: 'neither', ...invalid },
      { kid: expect.any(String), jws: expect.any(String) },
      { reference: 'too large', error: { code: 'payload_too_large' } },
    ]);
  });

  it('refuses a batch of none, of more than 1000, and one that is too large', async () => {
    expect(await signBatch({ items: [] })).toMatchObject({ status: 400 });
    const items = Array.from({ length: 1001 }, () => ({ signing_input: bytes('x') }));
    expect(await signBatch({ items })).toMatchObject({
      status: 400,
      body: { fields: [{ name: 'items' }] },
    });
    const large = [{ signing_input: 'A'.repeat(2 * 1024 * 1024) }];
    expect(await signBatch({ items: large })).toMatchObject({ status: 413 });
  });
});
