import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { adminScopes, api, bytes, type KmsSuite, kmsSuite, type Replica } from '../../test/kms-suite.fixture.js';
import { Clock } from '../elastic-keys/clock.js';
import { LastUse } from '../elastic-keys/last-use.js';
import { ActivateDueVersions } from './activate-due-versions.js';
import { DestroyDueVersions } from './destroy-due-versions.js';
import { RotateDueKeys } from './rotate-due-keys.js';

const HOUR_MS = 3_600_000;

describe('the life of a version by policy', () => {
  let suite: KmsSuite;
  let replicas: Replica[];
  let a: Replica;
  let token: string;
  let count = 0;
  beforeAll(async () => {
    suite = await kmsSuite();
    const { shares, ...first } = await suite.startUnsealed();
    a = first;
    const b = await suite.start();
    await b.unseal(shares.slice(0, 3));
    replicas = [a, b];
    token = await suite.issuer.token(adminScopes);
  });
  afterAll(() => suite.close());
  afterEach(() => at(undefined));

  const call = (method: string, path: string, body?: unknown) => a.call(method, `${api}${path}`, { token, body });
  const create = async (algorithm: string, more: object = {}) =>
    (await call('POST', '', { name: `key ${(count += 1)}`, algorithm, ...more })).body as {
      id: string;
      current_kid: string;
      current_version: number;
    };
  const versions = async (id: string) => (await call('GET', `/${id}/material-keys`)).body.items as Version[];
  const sign = async (id: string, more: object = {}) => {
    const { status, body } = await call('POST', `/${id}/sign`, { payload: bytes('x'), ...more });
    return status === 200 ? (body.kid as string) : (body.code as string);
  };
  /** Moves the clock by which both replicas judge. */
  const at = (hours: number | undefined) => {
    for (const { kms } of replicas) {
      const clock = kms.app.get(Clock, { strict: false });
      clock.now = () => new Date(Date.now() + (hours ?? 0) * HOUR_MS);
    }
  };
  const job = <T extends { execute(now: Date): Promise<number> }>(type: new (...needed: never[]) => T) => ({
    /** Runs it on both replicas at once; how often something was done by either. */
    after: async (hours: number) => {
      const now = new Date(Date.now() + hours * HOUR_MS);
      const done = await Promise.all(
        [...replicas, ...replicas].map(({ kms }) => kms.app.get(type, { strict: false }).execute(now)),
      );
      return done.reduce((sum, one) => sum + one, 0);
    },
  });
  interface Version {
    id: string;
    version: number;
    current: boolean;
    status: string;
    last_used_at: string | null;
    message_count?: number;
  }

  it('begins after its activation: until then it does nothing, but its public key is there', async () => {
    const { id, current_kid: kid } = await create('ES256', { policy: { activate_after_seconds: 3600 } });
    expect(await sign(id)).toBe('key_not_active');
    expect(await sign(id, { kid })).toBe('key_not_active');
    expect((await versions(id))[0]).toMatchObject({ status: 'not_active' });
    expect((await call('GET', `/${id}/jwks`)).body.keys).toMatchObject([{ kid }]);
    at(1.01);
    expect(await sign(id)).toBe(kid);
  });

  it('takes over from the version before when it is active, once however many replicas look', async () => {
    const { id, current_kid: first } = await create('ES256');
    await call('PUT', `/${id}`, { policy: { activate_after_seconds: 3600, rotate_every_seconds: 86_400 } });
    expect((await call('POST', `/${id}/rotate`)).body).toMatchObject({ current_version: 1, current_kid: first });
    expect((await versions(id)).map(({ status, current }) => [status, current])).toEqual([
      ['enabled', true],
      ['not_active', false],
    ]);
    expect(await sign(id)).toBe(first);
    // It waits already: nothing is made meanwhile, though the first one is old.
    expect(await job(RotateDueKeys).after(25)).toBe(0);
    expect(await job(ActivateDueVersions).after(0.5)).toBe(0);
    expect(await job(ActivateDueVersions).after(1.01)).toBe(1);
    at(1.01);
    const [, second] = await versions(id);
    expect(second?.current).toBe(true);
    expect(await sign(id)).toBe(second?.id);
  });

  it('makes exactly one version in advance however many replicas look', async () => {
    const { id } = await create('ES256', { policy: { rotate_every_seconds: 3600 } });
    await call('PUT', `/${id}`, { policy: { rotate_every_seconds: 3600, activate_after_seconds: 3600 } });
    expect(await job(RotateDueKeys).after(1.01)).toBe(1);
    expect(await versions(id)).toHaveLength(2);
  });

  it('ends in steps: protects, then only processes, then nothing, then is destroyed, but never while it is current', async () => {
    const policy = { expire_after_seconds: 3600, decrypt_for_seconds: 3600, destroy_after_seconds: 3600 };
    const { id, current_kid: kid } = await create('ES256', { policy });
    const { jws } = (await call('POST', `/${id}/sign`, { payload: bytes('x') })).body;
    const seen = async () => [
      await sign(id, { kid }),
      (await call('POST', `/${id}/verify`, { jws })).body.valid ?? 'refused',
      (await versions(id))[0]?.status,
    ];
    expect(await seen()).toEqual([kid, true, 'enabled']);
    at(1.01);
    expect((await seen()).slice(0, 2)).toEqual(['key_expired', true]);
    at(2.01);
    expect((await seen()).slice(0, 2)).toEqual(['key_expired', 'refused']);
    at(undefined);
    expect(await job(DestroyDueVersions).after(3.01)).toBe(0);
    await call('POST', `/${id}/rotate`);
    expect(await job(DestroyDueVersions).after(2.99)).toBe(0);
    expect(await job(DestroyDueVersions).after(3.01)).toBe(1);
    expect(await seen()).toEqual(['key_not_found', 'refused', 'destroyed']);
    expect(
      await suite.database.sql(
        'SELECT length(sealed_material) AS n, public_jwk FROM material_keys WHERE elastic_key_id = $1 ORDER BY version',
        [id],
      ),
    ).toMatchObject([{ n: 0, public_jwk: null }, {}]);
  });

  it('keeps the material of the newest versions only', async () => {
    const { id } = await create('A256KW+A256GCM', { policy: { keep_versions: 2 } });
    const { jwe } = (await call('POST', `/${id}/encrypt`, { plaintext: bytes('x') })).body;
    for (let n = 0; n < 3; n += 1) await call('POST', `/${id}/rotate`);
    expect(await job(DestroyDueVersions).after(0)).toBe(2);
    expect((await versions(id)).map(({ status }) => status)).toEqual(['destroyed', 'destroyed', 'enabled', 'enabled']);
    expect((await call('POST', `/${id}/decrypt`, { jwe })).status).not.toBe(200);
  });

  it('does not destroy what somebody else dated', async () => {
    const { id } = await create('ES256');
    await call('POST', `/${id}/rotate`);
    await suite.database.sql('UPDATE material_keys SET destroy_at = now() WHERE elastic_key_id = $1', [id]);
    await expect(job(DestroyDueVersions).after(1)).rejects.toMatchObject({ code: 'integrity' });
    expect(
      await suite.database.sql('SELECT status FROM material_keys WHERE elastic_key_id = $1 ORDER BY version', [id]),
    ).toEqual([{ status: 'enabled' }, { status: 'enabled' }]);
    await suite.database.sql('UPDATE material_keys SET destroy_at = NULL WHERE elastic_key_id = $1', [id]);
  });

  it('is over when it has protected as many messages as the policy says', async () => {
    const { id, current_kid: kid } = await create('A256GCM', { policy: { rotate_after_messages: 1000 } });
    await call('POST', `/${id}/encrypt`, { plaintext: bytes('x') });
    expect((await versions(id))[0]?.message_count).toBeGreaterThan(0);
    expect(await job(RotateDueKeys).after(0)).toBe(0);
    await suite.database.sql('UPDATE material_keys SET message_count = 1000 WHERE id = $1', [kid]);
    expect(await job(RotateDueKeys).after(0)).toBe(1);
    expect((await versions(id)).map(({ current }) => current)).toEqual([false, true]);
  });

  it('tells when it was used last, without a write of the call', async () => {
    const { id } = await create('ES256');
    await call('POST', `/${id}/rotate`);
    await sign(id);
    const before = await versions(id);
    expect(before.map(({ last_used_at: at }) => at)).toEqual([null, null]);
    for (const { kms } of replicas) await kms.app.get(LastUse, { strict: false }).flush();
    const [first, second] = await versions(id);
    expect(first?.last_used_at).toBeNull();
    expect(Date.parse(second?.last_used_at ?? '')).toBeLessThanOrEqual(Date.now());
    await call('POST', `/${id}/material-keys/2/disable`);
    expect((await versions(id))[1]?.last_used_at).toBe(second?.last_used_at);
  });

  it('is laid down by a policy that makes sense', async () => {
    for (const [policy, field] of [
      [{ decrypt_for_seconds: 3600 }, 'policy.decrypt_for_seconds'],
      [{ destroy_after_seconds: 3600 }, 'policy.destroy_after_seconds'],
      [{ keep_versions: 0 }, 'policy.keep_versions'],
      [{ rotate_after_messages: 1 }, 'policy.rotate_after_messages'],
    ] as const) {
      const { status, body } = await call('POST', '', { name: 'no', algorithm: 'ES256', policy });
      expect([status, body.fields[0].name]).toEqual([400, field]);
    }
  });

  it.each([2048, 4096])('has RSA keys of %i bit when that is asked for, also after a rotation', async (bits) => {
    const made = await create('PS256', { key_bits: bits });
    expect(made).toMatchObject({ key_bits: bits });
    expect((await call('POST', `/${made.id}/rotate`)).body).toMatchObject({ key_bits: bits, current_version: 2 });
    const { keys } = (await call('GET', `/${made.id}/jwks`)).body as { keys: { n: string }[] };
    expect(keys.map(({ n }) => Buffer.from(n, 'base64url').length * 8)).toEqual([bits, bits]);
  });

  it('has no length to choose for other keys', async () => {
    const { status, body } = await call('POST', '', { name: 'no', algorithm: 'ES256', key_bits: 2048 });
    expect([status, body.fields[0].name]).toEqual([400, 'key_bits']);
  });

  it('shows operators what is made in advance', async () => {
    const { status, body } = await a.call('GET', '/admin/v1/key-pools', { identity: 'ops' });
    expect([status, body.pools.map(({ kind }: { kind: string }) => kind)]).toEqual([
      200,
      ['RSA-2048', 'RSA-3072', 'RSA-4096'],
    ]);
    expect((await a.call('GET', '/admin/v1/key-pools', { token })).status).toBe(401);
  });
});
