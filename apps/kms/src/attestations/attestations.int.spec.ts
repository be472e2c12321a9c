import { decodeProtectedHeader, importPublicJwk, verifyJws } from '@cryptoutil/crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type KmsSuite, type Replica, allScopes, api, kmsSuite } from '../../test/kms-suite.fixture.js';

const path = '/admin/v1/attestations';
const body = { purpose: 'deployment record 1', sha256: 'ab'.repeat(32) };

describe('attestations', () => {
  let suite: KmsSuite;
  let kms: Replica;
  beforeAll(async () => {
    suite = await kmsSuite();
    kms = await suite.startUnsealed();
  });
  afterAll(() => suite.close());

  it('sign the hash of a document for operators, with a key that verifies it and a type of its own', async () => {
    const answer = await kms.call('POST', path, { identity: 'ops', body });
    expect(answer.status).toBe(200);
    const { signature, keys } = answer.body;
    const { kid, typ } = decodeProtectedHeader(signature);
    expect(typ).toBe('kms-attestation');
    const key = importPublicJwk(
      'ES256',
      keys.find((each: { kid: string }) => each.kid === kid),
    );
    const claims = JSON.parse((await verifyJws(key, signature)).payload.toString('utf8'));
    expect(claims).toEqual({ ...body, at: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/) });
    expect(JSON.stringify(keys)).not.toContain('"d"');
  });

  it('are for operators alone, and their key is reached by no token', async () => {
    const token = await suite.issuer.token(`${allScopes} kms:admin`);
    expect((await kms.call('POST', path, { token, body })).status).toBe(401);
    for (const identity of ['authz', 'idp', 'rs', 'kms']) {
      expect((await kms.call('POST', path, { identity, body })).status).toBe(403);
    }
    expect((await kms.call('GET', `${api}?name=attestation-signing`, { token })).body.total).toBe(0);
  });

  it.each([
    [{ ...body, sha256: 'AB'.repeat(32) }, 'sha256'],
    [{ ...body, sha256: 'short' }, 'sha256'],
    [{ ...body, purpose: '' }, 'purpose'],
    [{ ...body, payload: 'x' }, 'payload'],
  ])('refuse %j by the name of the field', async (wrong, field) => {
    const answer = await kms.call('POST', path, { identity: 'ops', body: wrong });
    expect([answer.status, JSON.stringify(answer.body)]).toEqual([400, expect.stringContaining(field)]);
  });

  it('are not given while the kms is sealed', async () => {
    await kms.call('POST', '/admin/v1/seal', { identity: 'ops' });
    expect(await kms.call('POST', path, { identity: 'ops', body })).toMatchObject({
      ...{ status: 503, body: { code: 'sealed' } },
    });
  });
});
