import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { importPublicJwk, verifyBytes } from '@cryptoutil/crypto';
import { BatchedSigner, KmsClient } from '@cryptoutil/kms-client';
import { type KmsSuite, type Replica, kmsSuite } from '../../test/kms-suite.fixture.js';

describe('the kms as the suite’s services use it', () => {
  let suite: KmsSuite;
  let kms: Replica & { shares: string[] };
  const client = async (identity: string) =>
    new KmsClient({ baseUrl: kms.kms.url, dispatcher: await suite.pki.agent(identity) });
  beforeAll(async () => {
    suite = await kmsSuite();
    kms = await suite.startUnsealed();
  });
  afterAll(() => suite.close());

  it('signs for authz what verifies under the published key', async () => {
    const authz = await client('authz');
    const key = await authz.findKey('token-signing');
    expect(key).toMatchObject({ algorithm: 'ES256', currentVersion: 1 });
    const [published] = await authz.publicKeys(key.id);
    expect(await authz.publicKeys(key.id)).toEqual([published]);
    const signer = new BatchedSigner(authz, key.id, key.currentKid);
    const material = importPublicJwk('ES256', published!);
    const inputs = Array.from({ length: 500 }, (_, n) => Buffer.from(`header.payload-${n}`));
    const signatures = await Promise.all(inputs.map((input) => signer.sign(input)));
    for (const [at, input] of inputs.entries()) expect(await verifyBytes(material, input, signatures[at]!)).toBe(true);
  });

  it('encrypts for rs and idp with their contexts, and refuses what is not theirs', async () => {
    const rs = await client('rs');
    const { id } = await rs.findKey('resource-data');
    const jwe = await rs.encrypt(id, Buffer.from('field'), 'resource 1');
    expect((await rs.decrypt(id, jwe, 'resource 1')).toString()).toBe('field');
    await expect(rs.decrypt(id, jwe, 'resource 2')).rejects.toMatchObject({ code: 'decrypt_failed' });
    await expect(rs.decrypt(id, jwe)).rejects.toMatchObject({ code: 'decrypt_failed' });
    await expect((await client('idp')).decrypt(id, jwe, 'resource 1')).rejects.toMatchObject({ code: 'key_not_found' });
    await expect((await client('authz')).findKey('resource-data')).rejects.toMatchObject({ code: 'key_not_found' });
    await expect((await client('ops')).findKey('resource-data')).rejects.toMatchObject({
      code: 'key_not_found',
    });
  });

  it('is unavailable while sealed, except for public keys', async () => {
    const authz = await client('authz');
    const { id, currentKid } = await authz.findKey('token-signing');
    await kms.call('POST', '/admin/v1/seal', { identity: 'ops' });
    await expect(authz.findKey('token-signing')).rejects.toMatchObject({ reason: 'sealed', retryAfterSeconds: 5 });
    await expect(new BatchedSigner(authz, id, currentKid).sign(Buffer.from('x'))).rejects.toMatchObject({
      reason: 'sealed',
    });
    expect(await authz.ready()).toEqual({ ready: false, status: 'sealed' });
    expect(await authz.publicKeys(id)).toHaveLength(1);
    await kms.unseal(kms.shares.slice(0, 3));
    expect(await authz.ready()).toEqual({ ready: true, status: 'ready' });
  });
});
