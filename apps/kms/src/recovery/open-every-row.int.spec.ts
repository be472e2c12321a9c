import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type KmsSuite, type Replica, adminScopes, api, bytes, kmsSuite } from '../../test/kms-suite.fixture.js';
import { kmsPosition } from './kms-position.js';
import { openEveryRow } from './open-every-row.js';

describe('opening every row of a database, without a kms that runs', () => {
  let suite: KmsSuite;
  let kms: Replica & { shares: string[] };
  const kids: string[] = [];
  beforeAll(async () => {
    suite = await kmsSuite();
    kms = await suite.startUnsealed();
    const token = await suite.issuer.token(adminScopes);
    for (const algorithm of ['A256KW+A256GCM', 'ES256', 'A256GCM']) {
      const { body } = await kms.call('POST', api, { token, body: { name: algorithm, algorithm } });
      await kms.call('POST', `${api}/${body.id}/aliases`, {
        token,
        body: { alias: algorithm.toLowerCase().replace('+', '-') },
      });
      kids.push(body.current_kid, (await kms.call('POST', `${api}/${body.id}/rotate`, { token })).body.current_kid);
      await kms.call('POST', `${api}/${body.id}/encrypt`, { token, body: { plaintext: bytes('x') } });
    }
    await kms.call('POST', '/admin/v1/barrier/rotate/content', { identity: 'ops' });
  });
  afterAll(() => suite.close());

  const open = (shares = kms.shares.slice(1, 4)) => openEveryRow(suite.database.settings, shares);
  const sql = (text: string, parameters?: unknown[]) => suite.database.sql(text, parameters);

  it('counts them by table, names the versions, and walks the audit chain', async () => {
    const { opened, kids: found, auditEvents } = await open();
    expect([...found]).toEqual(expect.arrayContaining(kids));
    const count = async (table: string) => Number((await sql(`SELECT count(*) FROM ${table}`))[0]!['count']);
    for (const [table, rows] of Object.entries(opened)) expect([table, rows]).toEqual([table, await count(table)]);
    expect(opened['key_aliases']).toBe(3);
    const position = await kmsPosition((text) => sql(text) as never);
    expect(position).toMatchObject({
      initialized: true,
      barrier_epoch: 2,
      content_epoch: 2,
      audit_head: { hash: expect.any(String) },
    });
    expect(position.audit_head.seq).toBeGreaterThanOrEqual(auditEvents);
    expect(position.share_set).toBe(kms.shares[0]!.split('-')[1]);
  });

  it('refuses too few shares, one that is wrong, and those of another kms', async () => {
    await expect(open(kms.shares.slice(0, 2))).rejects.toThrow('3 shares of the set');
    await expect(open([kms.shares[0]!, kms.shares[0]!, kms.shares[0]!])).rejects.toThrow('1 were given');
    await expect(open([...kms.shares.slice(0, 2), 'kms1-x'])).rejects.toThrow('is not a whole share text');
    const other = await kmsSuite();
    const { shares } = await other.startUnsealed();
    await other.close();
    await expect(open(shares)).rejects.toThrow('belongs to another share set');
  });

  it.each([
    ['elastic_keys', 'sealed_state', 'id'],
    ['material_keys', 'sealed_state', 'id'],
    ['material_keys', 'sealed_material', 'id'],
    ['key_aliases', 'sealed', 'alias'],
    ['barrier_keys', 'wrapped', 'kind, epoch'],
    ['audit_events', 'hash', 'seq'],
  ])('finds one changed bit in %s.%s', async (table, column, key) => {
    const first = `ctid = (SELECT ctid FROM ${table} ORDER BY ${key} LIMIT 1)`;
    const flip = () =>
      sql(`UPDATE ${table} SET ${column} = set_byte(${column}, 20, get_byte(${column}, 20) # 1) WHERE ${first}`);
    await flip();
    await expect(open()).rejects.toThrow(
      column === 'hash' ? /audit chain is broken at event 1/ : new RegExp(`integrity check.*${table}`),
    );
    await flip();
    await open();
  });

  it('refuses to pass over sealed values that it does not know', async () => {
    await sql('CREATE TABLE new_things (sealed_value bytea)');
    await expect(open()).rejects.toThrow('does not know how to open new_things');
    await sql('DROP TABLE new_things');
  });
});
