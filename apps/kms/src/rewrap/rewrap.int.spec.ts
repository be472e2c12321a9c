import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type KmsSuite, type Replica, adminScopes, api, bytes, kmsSuite } from '../../test/kms-suite.fixture.js';
import { RewrapJob } from './rewrap-job.js';

interface Made {
  id: string;
  kid: string;
  jwe: string;
}

describe('rotating the content key', () => {
  let suite: KmsSuite;
  let a: Replica & { shares: string[] };
  let b: Replica;
  let token: string;
  const ledger: Made[] = [];
  beforeAll(async () => {
    suite = await kmsSuite();
    a = await suite.startUnsealed();
    b = await suite.start();
    await b.unseal(a.shares.slice(0, 3));
    token = await suite.issuer.token(adminScopes);
    for (let n = 0; n < 5; n += 1) await make(a);
    await a.call('POST', `${api}/${ledger[0]!.id}/rotate`, { token });
    await a.call('POST', `${api}/${ledger[0]!.id}/aliases`, { token, body: { alias: 'first' } });
  });
  afterAll(() => suite.close());

  const make = async (kms: Replica) => {
    const { body, status } = await kms.call('POST', api, {
      token,
      body: { name: `key ${ledger.length} ${Math.random()}` },
    });
    expect(status).toBe(201);
    const { jwe } = (await kms.call('POST', `${api}/${body.id}/encrypt`, { token, body: { plaintext: bytes('x') } }))
      .body;
    ledger.push({ id: body.id, kid: body.current_kid, jwe });
  };
  const rotate = (kms: Replica, options: object = { identity: 'ops' }) =>
    kms.call('POST', '/admin/v1/barrier/rotate/content', options);
  const status = async (kms: Replica) => (await kms.call('GET', '/admin/v1/barrier/status', { identity: 'ops' })).body;
  const finish = (kms: Replica) => kms.kms.app.get(RewrapJob, { strict: false }).run();
  /** Every message that was ever made opens on these replicas. */
  const everythingOpens = async (...replicas: Replica[]) => {
    for (const kms of replicas)
      for (const { id, jwe } of ledger)
        expect(await kms.call('POST', `${api}/${id}/decrypt`, { token, body: { jwe } })).toMatchObject({ status: 200 });
  };

  it('seals with the new key at once on every replica, everything else by and by, and retires the old key then', async () => {
    expect((await rotate(a)).body.content.epoch).toBe(2);
    await make(b);
    await make(a);
    expect(
      await suite.database.sql('SELECT DISTINCT epoch FROM elastic_keys WHERE id = ANY($1)', [
        ledger.slice(-2).map(({ id }) => id),
      ]),
    ).toEqual([{ epoch: 2 }]);
    await everythingOpens(a, b);
    await finish(a);
    expect(await status(b)).toEqual({
      ...{ epoch: 2, root: { epoch: 1 }, intermediate: { epoch: 1 }, share_set: expect.any(String) },
      content: {
        epoch: 2,
        epochs: [
          { epoch: 1, retired: true },
          { epoch: 2, retired: false },
        ],
      },
      rewrap: { total: expect.any(Number), remaining: 0, done: true },
    });
    await everythingOpens(a, b);
    expect((await b.call('GET', `${api}/alias:first`, { token })).status).toBe(200);
    expect(
      (await b.call('POST', `${api}/alias:first/encrypt`, { token, body: { plaintext: bytes('x') } })).status,
    ).toBe(200);
  });

  it('works while keys are made and rotated on both replicas, three times over', async () => {
    for (let round = 0; round < 3; round += 1) {
      const answers = await Promise.all([
        rotate(a),
        rotate(b),
        ...[a, b, a, b].map((kms) => make(kms)),
        ...ledger.slice(0, 3).map(({ id }) => b.call('POST', `${api}/${id}/rotate`, { token })),
      ]);
      expect(answers.filter((answer) => answer && answer.status !== 200)).toEqual([]);
      await Promise.all([finish(a), finish(b)]);
    }
    const { content, rewrap } = await status(a);
    expect(content.epoch).toBe(8);
    expect(rewrap.remaining).toBe(0);
    await finish(a);
    expect((await status(a)).content.epochs.filter(({ retired }: { retired: boolean }) => !retired)).toEqual([
      { epoch: 8, retired: false },
    ]);
    await everythingOpens(a, b);
  });

  it('is unsealed with the same shares afterwards', async () => {
    await a.call('POST', '/admin/v1/seal', { identity: 'ops' });
    expect((await a.unseal(a.shares.slice(2, 5))).body.sealed).toBe(false);
    await everythingOpens(a);
  });

  it('that is cut off leaves the old key or the new one', async () => {
    await suite.database.sql(`
      CREATE FUNCTION fault() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); PERFORM pg_sleep(5); RETURN NULL; END $$`);
    const before = (await status(a)).content.epoch as number;
    for (const trigger of [
      'CREATE TRIGGER fault BEFORE INSERT ON barrier_keys FOR EACH ROW EXECUTE FUNCTION fault()',
      'CREATE CONSTRAINT TRIGGER fault AFTER INSERT ON barrier_keys DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION fault()',
    ]) {
      await suite.database.sql(trigger);
      expect(await rotate(a)).toMatchObject({ status: 503 });
      await suite.database.sql('DROP TRIGGER fault ON barrier_keys');
      expect((await status(b)).content.epoch).toBe(before);
      await everythingOpens(a, b);
    }
    for (const table of ['elastic_keys', 'material_keys']) {
      await rotate(a);
      await finish(a);
      await suite.database.sql(`UPDATE ${table} SET epoch = epoch`);
      await suite.database.sql(`CREATE TRIGGER fault BEFORE UPDATE ON ${table} FOR EACH ROW EXECUTE FUNCTION fault()`);
      await rotate(a);
      await finish(a);
      expect((await status(b)).rewrap.done).toBe(false);
      await everythingOpens(a, b);
      await suite.database.sql(`DROP TRIGGER fault ON ${table}`);
      await finish(b);
      expect((await status(a)).rewrap.done).toBe(true);
    }
    await everythingOpens(a, b);
  });

  it('leaves a row that does not open as it is, says so, and does not retire the key', async () => {
    const { id } = ledger[1]!;
    const flip =
      'UPDATE elastic_keys SET sealed_state = set_byte(sealed_state, 20, get_byte(sealed_state, 20) # 1) WHERE id = $1';
    await suite.database.sql(flip, [id]);
    await rotate(a);
    await finish(a);
    expect((await status(a)).rewrap.remaining).toBe(1);
    expect((await status(a)).content.epochs.filter(({ retired }: { retired: boolean }) => !retired)).toHaveLength(2);
    expect(JSON.stringify(a.lines)).toContain('Sealing rows under the new content key failed');
    await suite.database.sql(flip, [id]);
    await finish(b);
    expect((await status(a)).rewrap.done).toBe(true);
    await everythingOpens(a, b);
  });

  it('is for operators only', async () => {
    for (const options of [{}, { token }, { identity: 'authz' }]) {
      expect([401, 403]).toContain((await rotate(a, options)).status);
      expect([401, 403]).toContain((await a.call('GET', '/admin/v1/barrier/status', options)).status);
    }
  });
});
