import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type JsonWebKey, importPublicJwk, verifyJws } from '@cryptoutil/crypto';
import { type KmsSuite, type Replica, adminScopes, api, bytes, kmsSuite } from '../../test/kms-suite.fixture.js';

import { AuditChainStore } from './audit-chain.store.js';
import { AuditQueue } from './audit-queue.js';

interface Event {
  seq: number;
  event: Record<string, unknown>;
}

describe('the audit chain', () => {
  let suite: KmsSuite;
  let kms: Replica & { shares: string[] };
  let token: string;
  beforeAll(async () => {
    suite = await kmsSuite();
    kms = await suite.startUnsealed();
    token = await suite.issuer.token(adminScopes);
  });
  afterAll(() => suite.close());

  const events = async (query = ''): Promise<Event[]> =>
    (await kms.call('GET', `/service/api/v1/audit?limit=1000${query}`, { token })).body.items;
  const verify = async () => (await kms.call('GET', '/service/api/v1/audit/verify', { token })).body;
  const all = async () =>
    (await kms.call('GET', '/admin/v1/audit?limit=1000', { identity: 'ops' })).body.items as {
      seq: number;
      event: string;
    }[];

  it('has init, each refused and each good share, sealing and the keys that were made by itself', async () => {
    await kms.call('POST', '/admin/v1/seal', { identity: 'ops' });
    await kms.call('POST', '/admin/v1/unseal', { body: { share: 'kms1-00000000-1of5' } });
    await kms.unseal(kms.shares.slice(1, 4));
    const operations = (await all()).map(({ event }) => {
      const { operation, outcome } = JSON.parse(event) as { operation: string; outcome: string };
      return `${operation} ${outcome}`;
    });
    expect(operations).toEqual(
      expect.arrayContaining(['init success', 'unseal success', 'unseal failed', 'seal success', 'create success']),
    );
    expect(JSON.stringify(await all())).not.toContain(kms.shares[1]!.split('-')[4]);
  });

  it('has each change of state once, committed with it, and each operation and refusal', async () => {
    const { body: key } = await kms.call('POST', api, { token, body: { name: 'audited', algorithm: 'A256GCM' } });
    for (const path of ['disable', 'enable', 'rotate', 'material-keys/1/revoke'])
      await kms.call('POST', `${api}/${key.id}/${path}`, { token });
    await kms.call('POST', `${api}/${key.id}/encrypt`, { token, body: { plaintext: bytes('top secret') } });
    await kms.call('POST', `${api}/${key.id}/sign`, { token, body: { payload: bytes('top secret') } });
    const seen = (await events(`&key_id=${key.id}`)).map(
      ({ event }) => `${String(event['operation'])} ${String(event['outcome'])}`,
    );
    expect(seen.sort()).toEqual(
      [
        'create success',
        'disable success',
        'enable success',
        'encrypt success',
        'revoke version success',
        'rotate success',
        'sign failed',
      ].sort(),
    );
    expect(JSON.stringify(await events())).not.toContain(bytes('top secret'));
  });

  it('has no event of a change that was rolled back, and no change without its event', async () => {
    const before = (await events()).length;
    await suite.database.sql('ALTER TABLE audit_events RENAME TO away');
    expect((await kms.call('POST', api, { token, body: { name: 'unrecorded' } })).status).toBeGreaterThanOrEqual(500);
    await suite.database.sql('ALTER TABLE away RENAME TO audit_events');
    expect((await kms.call('GET', `${api}?name=unrecorded`, { token })).body.total).toBe(0);
    const operations = (await events())
      .slice(before)
      .map(({ event }) => `${String(event['operation'])} ${String(event['outcome'])}`);
    expect(operations).not.toContain('create success');
    expect((await verify()).valid).toBe(true);
  });

  it('is one chain for two replicas that write at once, and its end is signed', async () => {
    const other = await suite.start();
    await other.unseal(kms.shares.slice(0, 3));
    await Promise.all(
      Array.from({ length: 40 }, (_, n) =>
        (n % 2 ? kms : other).call('POST', api, { token, body: { name: `at once ${n}`, algorithm: 'A256GCM' } }),
      ),
    );
    const answer = await verify();
    expect(answer).toMatchObject({ valid: true, events: answer.head.seq });
    const [key] = answer.keys as JsonWebKey[];
    const { payload, header } = await verifyJws(importPublicJwk('ES256', key!), answer.signature);
    expect(header.typ).toBe('kms-audit-head');
    expect(JSON.parse(payload.toString())).toEqual({ ...answer.head, at: expect.any(String) });
  });

  it('shows a tenant its own events only, page by page, and to administrators only', async () => {
    expect(new Set((await events()).map(({ event }) => event['tenant']))).toEqual(new Set(['default']));
    const first = (await kms.call('GET', '/service/api/v1/audit?limit=2', { token })).body;
    const second = (await kms.call('GET', `/service/api/v1/audit?limit=2&after=${first.next_after}`, { token })).body;
    expect(second.items[0].seq).toBeGreaterThan(first.items[1].seq);
    const reader = await suite.issuer.token('kms:read kms:write');
    for (const path of [
      '/service/api/v1/audit',
      '/service/api/v1/audit/verify',
      '/admin/v1/audit',
      '/admin/v1/audit/head',
    ])
      expect([401, 403]).toContain((await kms.call('GET', path, { token: reader })).status);
  });

  it.each<[string, string]>([
    ['was changed', `UPDATE audit_events SET event = replace(event, 'success', 'denied!') WHERE seq = 5`],
    ['was left out', 'DELETE FROM audit_events WHERE seq = 5'],
    ['was cut off at the end', 'DELETE FROM audit_events WHERE seq > 5'],
    ['has another hash', `UPDATE audit_events SET hash = sha256('x') WHERE seq = 5`],
    [
      'changed places',
      'UPDATE audit_events SET seq = CASE seq WHEN 5 THEN -6 ELSE -5 END WHERE seq IN (5, 6); UPDATE audit_events SET seq = -seq WHERE seq < 0',
    ],
  ])('is found broken where an event %s', async (_, statement) => {
    const chain = kms.kms.app.get(AuditChainStore, { strict: false });
    await kms.kms.app.get(AuditQueue, { strict: false }).flush();
    expect((await chain.verify()).brokenAt).toBeUndefined();
    await suite.database.sql('CREATE TABLE kept AS SELECT * FROM audit_events');
    for (const one of statement.split(';')) await suite.database.sql(one);
    const { brokenAt } = await chain.verify();
    await suite.database.sql('DELETE FROM audit_events');
    await suite.database.sql('INSERT INTO audit_events SELECT * FROM kept');
    await suite.database.sql('DROP TABLE kept');
    expect(Math.abs(brokenAt! - 5)).toBeLessThanOrEqual(1);
    expect((await chain.verify()).brokenAt).toBeUndefined();
  });

  it('is found by who, operation, outcome, request and time, page by page, and an unknown filter is refused by its name', async () => {
    const admin = await suite.issuer.token(adminScopes, { sub: 'auditor' });
    const { id } = (await kms.call('POST', api, { token: admin, body: { name: 'sought' } })).body;
    await kms.call('POST', `${api}/${id}/disable`, { token: admin });
    const body = { plaintext: 'AA' };
    for (const requestId of ['sought-0001', 'sought-0002', 'sought-0003'])
      await kms.call('POST', `${api}/${id}/encrypt`, { token: admin, body, headers: { 'x-request-id': requestId } });
    const find = async (query: string) => {
      const answer = await kms.call('GET', `/service/api/v1/audit?${query}`, { token: admin });
      return answer.body as { items: { seq: number; event: Record<string, string> }[]; next_after: number | null };
    };
    const ids = async (query: string) => (await find(query)).items.map(({ event }) => event['request_id']);
    const who = encodeURIComponent('user:auditor client:web');
    const denied = `key_id=${id}&who=${who}&operation=encrypt&outcome=denied`;
    expect(await ids(denied)).toEqual(['sought-0001', 'sought-0002', 'sought-0003']);
    expect(await ids(`${denied}&request_id=sought-0002`)).toEqual(['sought-0002']);
    expect(await ids(`${denied}&outcome=success`.replace('outcome=denied&', ''))).toEqual([]);
    expect(await ids(`${denied}&before=2020-01-01T00:00:00Z`)).toEqual([]);
    expect(await ids(`${denied}&from=2020-01-01T00:00:00Z`)).toHaveLength(3);
    const first = await find(`${denied}&limit=2`);
    expect(first.items).toHaveLength(2);
    expect(await ids(`${denied}&limit=2&after=${first.next_after}`)).toEqual(['sought-0003']);
    const refused = await kms.call('GET', '/service/api/v1/audit?colour=red', { token: admin });
    expect([refused.status, refused.body.fields[0].name]).toEqual([400, 'colour']);
  });
});
