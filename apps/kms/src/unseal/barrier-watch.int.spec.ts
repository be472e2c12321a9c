import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type KmsSuite, type Replica, adminScopes, api, kmsSuite } from '../../test/kms-suite.fixture.js';
import { BarrierWatch } from './barrier-watch.js';

describe('a replica whose intermediate key was turned on another one', () => {
  let suite: KmsSuite;
  let a: Replica & { shares: string[] };
  let token: string;
  beforeAll(async () => {
    suite = await kmsSuite();
    a = await suite.startUnsealed();
    token = await suite.issuer.token(adminScopes);
  });
  afterAll(() => suite.close());

  const ops = (path: string, body: object = {}, replica: Replica = a) =>
    replica.call('POST', `/admin/v1/${path}`, { identity: 'ops', body });
  const turn = async () => {
    const { nonce } = (await ops('barrier/rotate/intermediate')).body;
    let last;
    for (const share of a.shares.slice(0, 3)) last = await ops('rekey/update', { share, nonce });
    expect(last).toMatchObject({ status: 200, body: { completed: true } });
  };
  const look = (replica: Replica) => replica.kms.app.get(BarrierWatch, { strict: false }).check();
  const make = (replica: Replica) =>
    replica.call('POST', api, { token, body: { name: `key ${Math.random()}`, algorithm: 'ES256' } });

  it('follows by its share files, without being sealed in between', async () => {
    const b = await suite.start({ CRYPTOUTIL_UNSEAL_SHARE_FILES: (await suite.files(a.shares)).join(',') });
    await b.kms.autoUnsealed;
    await turn();
    let refused = 0;
    let over = false;
    const calling = (async () => {
      while (!over) if ((await make(b)).status !== 201) refused += 1;
    })();
    await look(b);
    over = true;
    await calling;
    expect(refused).toBe(0);
    expect(await ops('barrier/rotate/content', {}, b)).toMatchObject({ status: 200 });
    expect((await make(a)).status).toBe(201);
    expect(JSON.stringify(b.lines)).toContain('turned on another replica; the share files open the new one');
    await b.kms.close();
  });

  it('without share files seals itself, says why, and is unsealed by the same shares', async () => {
    const c = await suite.start();
    await c.unseal(a.shares.slice(2));
    await turn();
    await look(c);
    expect((await c.call('GET', '/admin/v1/seal-status')).body).toMatchObject({
      sealed: true,
      seal_reason: 'intermediate_rotated',
    });
    expect(JSON.stringify(c.lines)).toContain('Give the shares again.');
    expect((await c.unseal(a.shares.slice(0, 3))).body).toMatchObject({ sealed: false });
    expect((await c.call('GET', '/admin/v1/seal-status')).body).not.toHaveProperty('seal_reason');
    expect((await make(c)).status).toBe(201);
  });

  it('with share files of an old set seals itself', async () => {
    const d = await suite.start({ CRYPTOUTIL_UNSEAL_SHARE_FILES: (await suite.files(a.shares)).join(',') });
    await d.kms.autoUnsealed;
    const { nonce } = (await ops('rekey/init')).body;
    let step;
    for (const share of a.shares.slice(0, 3)) step = (await ops('rekey/update', { share, nonce })).body;
    for (const share of step.new_shares) await ops('rekey/verify', { share, nonce: step.nonce });
    await look(d);
    expect((await make(d)).status).toBe(201);
    Object.assign(a, { shares: step.new_shares });
    await turn();
    await look(d);
    expect((await d.call('GET', '/admin/v1/seal-status')).body).toMatchObject({
      sealed: true,
      seal_reason: 'intermediate_rotated',
    });
    expect(JSON.stringify(d.lines)).toContain('has been replaced');
  });
});
