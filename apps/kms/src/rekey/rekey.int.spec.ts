import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { formatShare, parseShare } from '../barrier/share-text.js';
import {
  type Answer,
  type KmsSuite,
  type Replica,
  adminScopes,
  api,
  bytes,
  kmsSuite,
} from '../../test/kms-suite.fixture.js';

describe('a rekey', () => {
  let suite: KmsSuite;
  let a: Replica & { shares: string[] };
  let b: Replica;
  let token: string;
  let shares: string[];
  const ledger: { id: string; jwe: string }[] = [];
  beforeAll(async () => {
    suite = await kmsSuite();
    a = await suite.startUnsealed();
    shares = a.shares;
    b = await suite.start();
    await b.unseal(shares.slice(2));
    token = await suite.issuer.token(adminScopes);
    const { body } = await a.call('POST', api, { token, body: { name: 'first' } });
    const { jwe } = (await a.call('POST', `${api}/${body.id}/encrypt`, { token, body: { plaintext: bytes('x') } }))
      .body;
    ledger.push({ id: body.id, jwe });
  });
  afterAll(() => suite.close());

  const ops = (path: string, body: object = {}, replica: Replica = a) =>
    replica.call('POST', `/admin/v1/${path}`, { identity: 'ops', body });
  const status = async (replica: Replica = a) =>
    (await replica.call('GET', '/admin/v1/rekey/status', { identity: 'ops' })).body;
  const everythingOpens = async () => {
    for (const replica of [a, b])
      for (const { id, jwe } of ledger)
        expect(await replica.call('POST', `${api}/${id}/decrypt`, { token, body: { jwe } })).toMatchObject({
          status: 200,
          body: { plaintext: bytes('x') },
        });
  };
  const give = async (phase: 'update' | 'verify', some: string[]): Promise<Answer> => {
    let last: Answer | undefined;
    for (const share of some) last = await ops(`rekey/${phase}`, { share, nonce: (await status()).nonce });
    return last!;
  };
  const barrier = async () =>
    (
      await suite.database.sql(
        `SELECT b.epoch, b.share_set, (SELECT count(*) FROM share_sets)::int AS sets FROM barrier b`,
      )
    )[0]!;
  const reseal = async (replica: Replica, some: string[]) => {
    await ops('seal', undefined, replica);
    return replica.unseal(some);
  };

  it('makes no share before a quorum of the old ones was given, and nothing counts before each new one was', async () => {
    const before = await barrier();
    expect((await ops('rekey/init', { shares: 4, threshold: 2 })).body).toMatchObject({
      ...{ in_progress: true, turns: 'shares', phase: 'authorize', required: 3, received: [] },
      ...{ shares: 4, threshold: 2, share_set: before['share_set'] },
    });
    expect((await give('update', shares.slice(0, 2))).body).toMatchObject({ completed: false, received: [1, 2] });
    const made = await give('update', [shares[4]!]);
    expect(made.headers['cache-control']).toContain('no-store');
    expect(made.body).toMatchObject({ completed: false, phase: 'verify', required: 4, received: [] });
    const fresh = made.body.new_shares as string[];
    expect(fresh.map((share) => share.replace(/^kms1-[0-9a-f]{8}-(\dof\d-t\d)-.*/, '$1'))).toEqual(
      [1, 2, 3, 4].map((index) => `${index}of4-t2`),
    );
    expect((await give('verify', fresh.slice(1))).body).toMatchObject({ completed: false, received: [2, 3, 4] });
    expect(await barrier()).toEqual(before);
    expect((await give('verify', [fresh[0]!])).body).toEqual({ in_progress: false, completed: true });
    expect(await barrier()).toEqual({
      epoch: Number(before['epoch']) + 1,
      share_set: fresh[0]!.split('-')[1],
      sets: 2,
    });
    await everythingOpens();
    const answer = await a.call('POST', '/admin/v1/unseal', { body: { share: 'unsealed, so nobody looks' } });
    expect(answer.body).toMatchObject({ sealed: false, shares: 4, threshold: 2 });
    for (const replica of [a, b]) {
      await ops('seal', undefined, replica);
      for (const [at, share] of shares.entries())
        expect((await replica.call('POST', '/admin/v1/unseal', { body: { share } })).body).toMatchObject({
          ...{ code: 'share_invalid', index: at + 1, reason: 'stale' },
        });
      expect((await replica.unseal([fresh[3]!, fresh[1]!])).body.sealed).toBe(false);
    }
    await everythingOpens();
    shares = fresh;
  });

  it('leaves the old root key worthless for what is stored now', async () => {
    expect(
      await suite.database.sql(
        `SELECT (k.parent_epoch = s.root_epoch) AS under FROM barrier_keys k, share_sets s, barrier b
          WHERE k.kind = 'intermediate' AND k.retired_at IS NULL AND s.share_set = b.share_set AND s.root_epoch = 2`,
      ),
    ).toEqual([{ under: true }]);
  });

  it('refuses wrong, doubled, foreign, stale and truncated shares by their index, in both phases, and keeps the progress', async () => {
    await ops('barrier/rotate/root');
    const refused = async (phase: 'update' | 'verify', share: string, index: number, reason: string) =>
      expect((await give(phase, [share])).body).toMatchObject({ code: 'share_invalid', index, reason });
    const [first, second] = shares as [string, string];
    await give('update', [first]);
    await refused('update', first, 1, 'duplicate');
    await refused('update', a.shares[2]!, 3, 'stale');
    await refused('update', formatShare({ ...parseShare(first), index: 2 }), 2, 'wrong');
    await refused('update', formatShare({ ...parseShare(first), set: '00000000' }), 1, 'foreign');
    await refused('update', second.slice(0, -9), 2, 'malformed');
    expect((await status()).received).toEqual([1]);
    const fresh = (await give('update', [second])).body.new_shares as string[];
    await refused('verify', second, 2, 'foreign');
    await refused('verify', formatShare({ ...parseShare(fresh[0]!), index: 4 }), 4, 'wrong');
    await give('verify', [fresh[0]!]);
    await refused('verify', fresh[0]!, 1, 'duplicate');
    expect((await status()).received).toEqual([1]);
  });

  it('has a nonce, one round at a time, and ends by cancel without a trace', async () => {
    const before = await barrier();
    expect(await ops('rekey/init')).toMatchObject({ status: 409, body: { code: 'rekey_in_progress' } });
    expect(await ops('barrier/rotate/intermediate')).toMatchObject({ status: 409 });
    const share = shares[0]!;
    expect(await ops('rekey/verify', { share, nonce: 'other' })).toMatchObject({
      status: 409,
      body: { code: 'round_changed' },
    });
    expect(await ops('rekey/update', { share, nonce: (await status()).nonce })).toMatchObject({
      status: 409,
      body: { code: 'round_changed', detail: expect.stringContaining('verify') },
    });
    expect(await ops('rekey/cancel', { nonce: 'other' })).toMatchObject({ status: 409 });
    expect((await ops('rekey/cancel')).body).toEqual({ in_progress: false });
    expect(await ops('rekey/cancel')).toMatchObject({ status: 409, body: { code: 'rekey_not_started' } });
    expect(await ops('rekey/verify', { share, nonce: 'x' })).toMatchObject({ status: 409 });
    expect(await barrier()).toEqual(before);
    expect((await reseal(a, shares.slice(0, 2))).body.sealed).toBe(false);
  });

  it('lives on the replica that began it, and the other one says so', async () => {
    const { nonce } = (await ops('rekey/init')).body;
    expect(await ops('rekey/update', { share: shares[0]!, nonce }, b)).toMatchObject({
      status: 409,
      body: { code: 'rekey_not_started', detail: expect.stringContaining('memory of the replica') },
    });
    expect(await status(b)).toEqual({ in_progress: false });
    await reseal(a, shares.slice(0, 2));
    expect(await status()).toEqual({ in_progress: false });
  });

  it('counts once when two replicas do it at once: the slower one is told', async () => {
    const begun = [];
    for (const replica of [a, b]) {
      const { nonce } = (await ops('rekey/init', {}, replica)).body;
      await ops('rekey/update', { share: shares[0]!, nonce }, replica);
      begun.push((await ops('rekey/update', { share: shares[1]!, nonce }, replica)).body);
    }
    const verify = async (replica: Replica, { nonce, new_shares }: { nonce: string; new_shares: string[] }) => {
      let last: Answer | undefined;
      for (const share of new_shares) last = await ops('rekey/verify', { share, nonce }, replica);
      return last!;
    };
    const answers = await Promise.all([verify(a, begun[0]), verify(b, begun[1])]);
    expect(answers.map(({ status: code, body }) => `${code} ${body.code ?? body.completed}`).sort()).toEqual([
      '200 true',
      '409 round_changed',
    ]);
    const won = answers[0]!.status === 200 ? 0 : 1;
    shares = begun[won].new_shares;
    for (const replica of [a, b]) expect((await reseal(replica, shares.slice(0, 2))).body.sealed).toBe(false);
    await everythingOpens();
  });

  it('turns the intermediate key by a quorum: every content key is under the new one, of the old one nothing is left', async () => {
    await ops('barrier/rotate/content');
    const { epoch } = await barrier();
    expect((await ops('barrier/rotate/intermediate')).body).toMatchObject({ turns: 'intermediate', required: 2 });
    expect((await give('update', shares.slice(0, 2))).body).toEqual({ in_progress: false, completed: true });
    expect((await barrier())['epoch']).toBe(Number(epoch) + 1);
    expect(
      await suite.database.sql(
        `SELECT kind, epoch, parent_epoch, retired_at IS NOT NULL AS retired, octet_length(wrapped) AS bytes
           FROM barrier_keys ORDER BY kind DESC, epoch`,
      ),
    ).toEqual([
      { kind: 'intermediate', epoch: 1, parent_epoch: expect.any(Number), retired: true, bytes: 0 },
      { kind: 'intermediate', epoch: 2, parent_epoch: expect.any(Number), retired: false, bytes: 61 },
      { kind: 'content', epoch: 1, parent_epoch: 2, retired: expect.any(Boolean), bytes: 61 },
      { kind: 'content', epoch: 2, parent_epoch: 2, retired: expect.any(Boolean), bytes: 61 },
    ]);
    expect((await ops('barrier/rotate/content')).status).toBe(200);
    await everythingOpens().catch(() => undefined);
    expect((await reseal(b, shares.slice(0, 2))).body.sealed).toBe(false);
    expect((await reseal(a, shares.slice(2))).body.sealed).toBe(false);
    await everythingOpens();
  });

  it('makes nothing under an intermediate key that another replica has replaced', async () => {
    await ops('barrier/rotate/intermediate');
    await give('update', shares.slice(0, 2));
    expect(await ops('barrier/rotate/content', {}, b)).toMatchObject({ status: 503, body: { code: 'sealed' } });
    expect((await reseal(b, shares.slice(0, 2))).body.sealed).toBe(false);
    expect(await ops('barrier/rotate/content', {}, b)).toMatchObject({ status: 200 });
    await everythingOpens();
  });

  it('is on record in the audit chain with its change', async () => {
    const { body } = await a.call('GET', '/admin/v1/audit?limit=1000', { identity: 'ops' });
    const events = (body.items as { event: string }[]).map(({ event }) => JSON.parse(event) as Record<string, unknown>);
    const of = (operation: string) => events.filter((event) => event['operation'] === operation);
    expect(of('rekey verify').filter(({ outcome }) => outcome === 'success').length).toBeGreaterThan(0);
    expect(of('rekey update').some(({ refusal }) => refusal === 'share_invalid')).toBe(true);
    expect(of('rekey init').length).toBeGreaterThan(0);
    expect(JSON.stringify(body)).not.toContain('kms1-');
  });

  it('is begun, fed with old shares and cancelled by operators only', async () => {
    for (const path of [
      'rekey/init',
      'rekey/update',
      'rekey/cancel',
      'barrier/rotate/root',
      'barrier/rotate/intermediate',
    ])
      for (const options of [{}, { token }, { identity: 'authz' }])
        expect([401, 403]).toContain((await a.call('POST', `/admin/v1/${path}`, { ...options, body: {} })).status);
  });

  it.each([
    [{ shares: 1 }, 'shares'],
    [{ threshold: 200 }, 'threshold'],
    [{ shares: 3, threshold: 4 }, 'threshold'],
    [{ shares: 3, extra: 1 }, 'extra'],
  ])('refuses %j and names the field', async (body, field) => {
    const answer = await ops('rekey/init', body);
    expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_request' } });
    expect(JSON.stringify(answer.body)).toContain(field);
  });
});
