import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { formatShare, parseShare } from '../barrier/share-text.js';
import { type KmsSuite, type Replica, allScopes, api, bytes, kmsSuite } from '../../test/kms-suite.fixture.js';

const subsets = <T>(items: readonly T[], size: number): T[][] =>
  size === 0
    ? [[]]
    : items.flatMap((item, at) => subsets(items.slice(at + 1), size - 1).map((rest) => [item, ...rest]));

describe('the ceremony', () => {
  let suite: KmsSuite;
  let kms: Replica;
  let shares: string[];
  beforeAll(async () => {
    suite = await kmsSuite();
    kms = await suite.start();
  });
  afterAll(() => suite.close());

  const readyz = async (replica = kms) => (await replica.call('GET', '/admin/v1/readyz')).body.status as string;
  const give = (share: string, replica = kms) => replica.call('POST', '/admin/v1/unseal', { body: { share } });
  const seal = (replica = kms) => replica.call('POST', '/admin/v1/seal', { identity: 'ops' });

  it('says uninitialized before init, and refuses shares', async () => {
    expect(await kms.call('GET', '/admin/v1/readyz')).toMatchObject({ status: 503, body: { status: 'uninitialized' } });
    expect((await kms.call('GET', '/admin/v1/seal-status')).body).toEqual({
      initialized: false,
      sealed: true,
      progress: 0,
    });
    expect(await give('kms1-00000000-1of5-t3-00-00')).toMatchObject({ status: 503, body: { code: 'uninitialized' } });
  });

  it('lets only the operators initialise', async () => {
    const body = {};
    expect(await kms.call('POST', '/admin/v1/init', { body })).toMatchObject({ status: 401 });
    expect(
      await kms.call('POST', '/admin/v1/init', { body, token: await suite.issuer.token('kms:admin') }),
    ).toMatchObject({ status: 401 });
    for (const identity of ['authz', 'idp', 'rs', 'kms']) {
      expect(await kms.call('POST', '/admin/v1/init', { body, identity })).toMatchObject({ status: 403 });
    }
    expect(await readyz()).toBe('uninitialized');
  });

  it.each([
    { shares: 1, threshold: 1 },
    { shares: 3, threshold: 4 },
    { shares: 256, threshold: 2 },
    { shares: 5, threshold: 3, extra: 1 },
  ])('refuses init with %j', async (body) => {
    expect(await kms.call('POST', '/admin/v1/init', { identity: 'ops', body })).toMatchObject({
      status: 400,
      body: { code: 'invalid_request' },
    });
  });

  it('gives the shares to exactly one of many who initialise at once, on two replicas', async () => {
    const other = await suite.start();
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, at) =>
        (at % 2 ? kms : other).call('POST', '/admin/v1/init', { identity: 'ops', body: {} }),
      ),
    );
    const won = answers.filter(({ status }) => status === 201);
    expect(won).toHaveLength(1);
    expect(answers.filter(({ status, body }) => status === 409 && body.code === 'already_initialized')).toHaveLength(9);
    expect(won[0]!.headers['cache-control']).toContain('no-store');
    expect(won[0]!.body).toMatchObject({ threshold: 3, share_set: expect.stringMatching(/^[0-9a-f]{8}$/) });
    shares = won[0]!.body.shares;
    expect(shares).toHaveLength(5);
    expect(await suite.database.sql('SELECT count(*)::int AS sets FROM share_sets')).toEqual([{ sets: 1 }]);
    expect(await readyz()).toBe('sealed');
  });

  it('stores neither a share nor a key in the clear', async () => {
    const dump = JSON.stringify(
      await suite.database.sql(
        'SELECT s::text, c::text, k::text FROM share_sets s, share_commitments c, barrier_keys k',
      ),
    );
    for (const share of shares) expect(dump).not.toContain(share.split('-')[4]);
  });

  it('unseals from each of the ten subsets of three, in any order, without a certificate', async () => {
    for (const some of subsets(shares, 3)) {
      const [a, b, c] = some as [string, string, string];
      expect((await give(c)).body).toMatchObject({ sealed: true, progress: 1, threshold: 3, shares: 5 });
      expect((await give(a)).body).toMatchObject({ sealed: true, progress: 2 });
      expect((await give(b)).body).toMatchObject({ sealed: false, progress: 0 });
      expect(await readyz()).toBe('ready');
      expect((await seal()).body).toEqual({ sealed: true });
      expect(await readyz()).toBe('sealed');
    }
  });

  it('stays sealed with each of the ten subsets of two', async () => {
    for (const some of subsets(shares, 2)) {
      for (const share of some) await give(share);
      expect(await readyz()).toBe('sealed');
      await seal();
    }
  });

  it('refuses wrong, doubled, foreign, stale and truncated shares at once by their index, and keeps the progress', async () => {
    const [first, second, third] = shares as [string, string, string];
    const foreignSuite = await kmsSuite();
    const foreignKms = await foreignSuite.start();
    const foreign = (await foreignKms.call('POST', '/admin/v1/init', { identity: 'ops', body: {} })).body
      .shares[3] as string;
    await foreignSuite.close();
    await suite.database.sql(
      `INSERT INTO share_sets SELECT $1, shares, threshold, root_epoch, commitment_key, root_check, now(), now() FROM share_sets LIMIT 1`,
      [foreign.split('-')[1]],
    );
    const wrongIndex = formatShare({ ...parseShare(first), index: 4 });
    const mistyped = second.slice(0, -1) + (second.endsWith('0') ? '1' : '0');
    await give(first);
    const refused = async (share: string) => {
      const { status, body } = await kms.call('POST', '/admin/v1/unseal', { identity: 'authz', body: { share } });
      expect(body.detail).toContain(`Share ${body.index}`);
      return { status, code: body.code, index: body.index, reason: body.reason };
    };
    const code = 'share_invalid';
    expect(await refused(first)).toEqual({ status: 400, code, index: 1, reason: 'duplicate' });
    expect(await refused(wrongIndex)).toEqual({ status: 400, code, index: 4, reason: 'wrong' });
    expect(await refused(foreign)).toEqual({ status: 400, code, index: 4, reason: 'stale' });
    await suite.database.sql('DELETE FROM share_sets WHERE retired_at IS NOT NULL');
    expect(await refused(foreign)).toEqual({ status: 400, code, index: 4, reason: 'foreign' });
    expect(await refused(second.slice(0, -12))).toEqual({ status: 400, code, index: 2, reason: 'malformed' });
    expect(await refused(mistyped)).toEqual({ status: 400, code, index: 2, reason: 'checksum' });
    expect((await kms.call('GET', '/admin/v1/seal-status')).body).toMatchObject({ progress: 1, received: [1] });
    await give(second);
    expect((await give(third)).body).toMatchObject({ sealed: false });
    await seal();
  });

  it('begins a round with a nonce and refuses to go on under the nonce of another', async () => {
    const [first, second] = shares as [string, string];
    const { nonce, expires_at } = (await give(first)).body;
    expect(Date.parse(expires_at)).toBeGreaterThan(Date.now());
    expect(await kms.call('POST', '/admin/v1/unseal', { body: { share: second, nonce: 'another' } })).toMatchObject({
      status: 409,
      body: { code: 'round_changed' },
    });
    expect((await kms.call('POST', '/admin/v1/unseal', { body: { share: second, nonce } })).body).toMatchObject({
      progress: 2,
    });
    await seal();
    expect(await kms.call('POST', '/admin/v1/unseal', { body: { share: second, nonce } })).toMatchObject({
      status: 409,
    });
  });

  it('makes a peer wait after ten refused shares, and only that peer', async () => {
    const attempt = (identity: string) =>
      kms.call('POST', '/admin/v1/unseal', { identity, body: { share: 'nonsense' } });
    for (let n = 0; n < 10; n += 1) expect(await attempt('rs')).toMatchObject({ status: 400 });
    const { status, body, headers } = await attempt('rs');
    expect({ status, code: body.code }).toEqual({ status: 429, code: 'too_many_attempts' });
    expect(Number(headers['retry-after'])).toBeGreaterThan(0);
    expect(await attempt('idp')).toMatchObject({ status: 400 });
  });

  it('reaches the threshold once when all shares come at the same time', async () => {
    const answers = await Promise.all(shares.map((share) => give(share)));
    expect(answers.every(({ status }) => status === 200)).toBe(true);
    expect(answers.filter(({ body }) => body.sealed === false)).toHaveLength(3);
    expect(await readyz()).toBe('ready');
  });

  it('unseals each replica on its own, and seals only the one that is asked', async () => {
    const other = await suite.start();
    expect(await readyz(other)).toBe('sealed');
    await other.unseal(shares.slice(2));
    expect(await readyz(other)).toBe('ready');
    await seal(other);
    expect(await readyz(other)).toBe('sealed');
    expect(await readyz()).toBe('ready');
  });

  it('lets only the operators seal', async () => {
    for (const identity of [undefined, 'authz', 'rs']) {
      expect((await kms.call('POST', '/admin/v1/seal', { identity })).status).toBeGreaterThanOrEqual(401);
    }
    expect(await readyz()).toBe('ready');
  });

  it('unseals at the start from any three readable share files', async () => {
    const files = await suite.files([shares[4]!, 'no share', `${shares[0]!}\n`, shares[2]!]);
    const replica = await suite.start({ CRYPTOUTIL_UNSEAL_SHARE_FILES: ['/nowhere/share', ...files].join(',') });
    await replica.kms.autoUnsealed;
    expect(await readyz(replica)).toBe('ready');
    const token = await suite.issuer.token(allScopes);
    const { body } = await replica.call('POST', api, {
      token,
      body: { name: 'after-start', algorithm: 'A256KW+A256GCM' },
    });
    expect(
      await replica.call('POST', `${api}/${body.id}/encrypt`, { token, body: { plaintext: bytes('x') } }),
    ).toMatchObject({ status: 200 });
  });

  it('says in one sentence why share files do not suffice, and is never ready', async () => {
    const files = await suite.files([shares[4]!, shares[4]!, shares[1]!.slice(0, -1), shares[2]!]);
    const replica = await suite.start({ CRYPTOUTIL_UNSEAL_SHARE_FILES: files.join(',') });
    await replica.kms.autoUnsealed;
    expect(await readyz(replica)).toBe('sealed');
    const sentences = replica.lines.map(({ msg }) => String(msg)).filter((msg) => msg.includes('stays sealed'));
    expect(sentences).toEqual([
      `The kms stays sealed: 2 of the 3 shares it needs are in the share files (${files[1]}: Share 5 has been given already in this round.; ${files[2]}: Share 2 is not a whole share text.).`,
    ]);
    expect(JSON.stringify(replica.lines)).not.toContain(shares[4]!.split('-')[4]);
  });

  it('does not use share files before init', async () => {
    const fresh = await kmsSuite();
    const files = await fresh.files(shares);
    const replica = await fresh.start({ CRYPTOUTIL_UNSEAL_SHARE_FILES: files.join(',') });
    await replica.kms.autoUnsealed;
    expect(await readyz(replica)).toBe('uninitialized');
    await fresh.close();
  });
});
