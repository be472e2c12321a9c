import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type KmsSuite, type Replica, adminScopes, api, kmsSuite } from '../../test/kms-suite.fixture.js';

type Event = Record<string, any>;

describe('calls of strangers', () => {
  let suite: KmsSuite;
  let kms: Replica;
  let other: Replica;
  let admin: string;
  let shares: string[];
  beforeAll(async () => {
    suite = await kmsSuite();
    const first = await suite.startUnsealed();
    kms = first;
    other = await suite.start();
    shares = first.shares;
    await other.unseal(shares.slice(0, 3));
    admin = await suite.issuer.token(adminScopes);
  });
  afterAll(() => suite.close());

  const chain = async (replica: Replica): Promise<Event[]> =>
    (await replica.call('GET', '/admin/v1/audit?limit=1000', { identity: 'ops' })).body.items.map(
      ({ event }: { event: string }) => JSON.parse(event) as Event,
    );
  const ofStrangers = async (replica: Replica) =>
    (await chain(replica)).filter(({ who }) => (who as string).startsWith('address:'));
  const each = [
    ['POST', `${api}/x/encrypt`, {}],
    ['POST', `${api}/x/encrypt`, { token: 'made.up.token' }],
    ['GET', api, {}],
    ['GET', api, { headers: { authorization: 'Bearer' } }],
    ['OPTIONS', api, {}],
    ['GET', '/service/api/v1/nothing', {}],
    ['POST', '/admin/v1/seal', {}],
  ] as const;
  const ROUNDS = 20;

  it('add a few events to the chain, whatever they ask and however often; each has its line in the log', async () => {
    for (let round = 0; round < ROUNDS; round += 1)
      await Promise.all(each.map(([method, path, options]) => kms.call(method, path, options)));
    expect(await ofStrangers(kms)).toHaveLength(5);
    const lines = kms.lines.filter(({ msg, status, client_id }) => msg === 'request' && status !== 200 && !client_id);
    expect(lines.length).toBeGreaterThanOrEqual(ROUNDS * (each.length - 1));
    expect(kms.lines.filter(({ audit }) => (audit as Event)?.['who']?.startsWith('address:'))).toHaveLength(5);
  });

  it('leave the events of everybody else alone', async () => {
    const { status } = await kms.call('GET', api, { token: admin });
    const denied = await kms.call('POST', '/admin/v1/seal', { identity: 'authz' });
    expect([status, denied.status]).toEqual([200, 403]);
    expect((await chain(kms)).slice(-2)).toMatchObject([
      { who: 'user:alice client:web', outcome: 'success' },
      { who: 'identity:authz', outcome: 'denied' },
    ]);
  });

  it('with a share are not hidden by others; a genuine share is always on record', async () => {
    const unseal = (share: string) => kms.call('POST', '/admin/v1/unseal', { body: { share } });
    // Unsealed, it takes any share and changes nothing.
    await Promise.all(Array.from({ length: 3 }, () => unseal('x')));
    await kms.call('POST', '/admin/v1/seal', { identity: 'ops' });
    for (let time = 0; time < 4; time += 1) await unseal('kms1-00000000-1of5');
    for (const share of shares.slice(0, 3)) await unseal(share);
    const events = (await ofStrangers(kms)).filter(({ operation }) => operation === 'unseal');
    expect(events.map(({ outcome }) => outcome)).toEqual([
      ...['success', 'success', 'success', 'failed', 'failed'],
      ...['success', 'success', 'success'],
    ]);
  });

  it('get a few on each replica', async () => {
    await Promise.all(Array.from({ length: 12 }, () => other.call('GET', api)));
    expect(await ofStrangers(other)).toHaveLength(5 + 8 + 5);
  });

  it('that were counted are in the chain when the process stops, and the chain is whole', async () => {
    await kms.kms.close();
    const counted = (await ofStrangers(other)).filter(({ calls }) => calls !== undefined);
    expect(counted).toMatchObject([
      { who: 'address:127.0.0.1', operation: 'further calls', calls: ROUNDS * each.length - 5, outcome: 'denied' },
      { who: 'address:127.0.0.1', operation: 'unseal', calls: 2, statuses: { 400: 2 } },
    ]);
    expect(Object.keys(counted[0]!['statuses'] as object)).toEqual(expect.arrayContaining(['400', '401', '404']));
    expect((await other.call('GET', '/service/api/v1/audit/verify', { token: admin })).body.valid).toBe(true);
  });
});
