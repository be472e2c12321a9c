import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DataSource, type EntityMetadata, type ObjectLiteral } from 'typeorm';
import { type KmsSuite, type Replica, adminScopes, api, bytes, kmsSuite } from '../../test/kms-suite.fixture.js';
import { Barrier } from '../barrier/barrier.js';
import { KmsError } from '../errors/kms-error.js';
import { sealedTables } from './sealed-tables.js';

/** Columns of bytes that nothing opens, and what finds a change of them. A new one belongs here or into `sealedTables`. */
const proved: Record<string, string> = {
  'share_sets.commitment_key': 'commitments',
  'share_sets.root_check': 'the root key',
  'share_commitments.commitment': 'the share',
  'barrier_keys.wrapped': 'unsealing',
  'audit_events.previous': 'verification of the chain',
  'audit_events.hash': 'verification of the chain',
  'audit_head.hash': 'verification of the chain',
};

/** One sealed value where it stands. */
interface Slot {
  name: string;
  row: ObjectLiteral;
  member: string;
  check: (row: ObjectLiteral) => void;
}

describe('every sealed value of the database', () => {
  let suite: KmsSuite;
  let kms: Replica;
  let dataSource: DataSource;
  let barrier: Barrier;
  let slots: Slot[];
  const sealedColumns: string[] = [];
  beforeAll(async () => {
    suite = await kmsSuite();
    kms = await suite.startUnsealed();
    const token = await suite.issuer.token(adminScopes);
    const elsewhere = await suite.issuer.token(adminScopes, { tenant: 'acme' });
    const grant = { grantee: { subject: 'bob' }, operations: ['decrypt'] };
    for (const by of [token, elsewhere]) {
      for (const algorithm of ['A256KW+A256GCM', 'ES256']) {
        const { id } = (await kms.call('POST', api, { token: by, body: { name: algorithm, algorithm } })).body;
        await kms.call('POST', `${api}/${id}/rotate`, { token: by });
        await kms.call('POST', `${api}/${id}/aliases`, {
          token: by,
          body: { alias: algorithm.slice(0, 5).toLowerCase() },
        });
        expect(await kms.call('POST', `${api}/${id}/grants`, { token: by, body: grant })).toMatchObject({
          status: 201,
        });
        await kms.call('POST', `${api}/${id}/encrypt`, { token: by, body: { plaintext: bytes('x') } });
      }
      expect(await kms.call('POST', '/service/api/v1/wrapping-keys', { token: by })).toMatchObject({ status: 201 });
    }
    dataSource = kms.kms.app.get(DataSource, { strict: false });
    barrier = kms.kms.app.get(Barrier, { strict: false });
    slots = await everySlot();
  });
  afterAll(() => suite.close());

  const bytesOf = ({ columns }: EntityMetadata) => columns.filter(({ type }) => type === 'bytea');

  async function everySlot(): Promise<Slot[]> {
    const found: Slot[] = [];
    for (const { table, entity, order, check } of sealedTables(barrier, new Set())) {
      const metadata = dataSource.getMetadata(entity);
      sealedColumns.push(...bytesOf(metadata).map(({ databaseName }) => `${table}.${databaseName}`));
      const rows = await dataSource.manager.find(entity, {
        order: Object.fromEntries(order.map((one) => [one, 'ASC'])),
      });
      expect({ table, several: rows.length > 1 }).toEqual({ table, several: true });
      for (const row of rows) {
        // In the order of the tables: what a check learns of a key it needs for the versions of it.
        check(row);
        for (const { propertyName, databaseName } of bytesOf(metadata))
          found.push({ name: `${table}.${databaseName}`, row, member: propertyName, check });
      }
    }
    return found;
  }

  /** What becomes of the row with this in the slot. */
  const outcome = ({ row, member, check }: Slot, value: Buffer): string => {
    try {
      check({ ...row, [member]: value });
      return 'opened';
    } catch (error) {
      return error instanceof KmsError ? error.code : String(error);
    }
  };
  const valueOf = ({ row, member }: Slot) => row[member] as Buffer;

  it('is known: each column of bytes in the schema is opened by a check, or says what proves it', async () => {
    const rows = await suite.database.sql<{ name: string }>(
      `SELECT table_name || '.' || column_name AS name FROM information_schema.columns
        WHERE table_schema = 'public' AND data_type = 'bytea' ORDER BY 1`,
    );
    expect(rows.map(({ name }) => name)).toEqual([...sealedColumns, ...Object.keys(proved)].sort());
  });

  it('opens in no other place: every pair, within a table and across tables, columns, tenants, keys and versions', () => {
    let pairs = 0;
    for (const slot of slots) {
      expect([slot.name, outcome(slot, valueOf(slot))]).toEqual([slot.name, 'opened']);
      for (const other of slots) {
        if (other === slot) continue;
        pairs += 1;
        const moved = outcome(slot, valueOf(other));
        if (moved !== 'integrity')
          expect([other.name, 'in', slot.name, moved]).toEqual([other.name, 'in', slot.name, 'integrity']);
      }
    }
    expect(pairs).toBeGreaterThan(1000);
  });

  it('opens with no bit of any byte flipped, and cut off or prolonged at no length', () => {
    for (const slot of slots) {
      const value = valueOf(slot);
      const changed = (what: string, at: number, bad: Buffer) => {
        const seen = outcome(slot, bad);
        if (seen !== 'integrity') expect([slot.name, what, at, seen]).toEqual([slot.name, what, at, 'integrity']);
      };
      for (let at = 0; at < value.length; at += 1) {
        const flipped = Buffer.from(value);
        flipped[at]! ^= 1 << (at % 8);
        changed('flipped', at, flipped);
      }
      // Format byte, IV, first and last bytes of the ciphertext, tag; and every eighth length between.
      const lengths = [0, 1, 2, 12, 13, 14, 28, 29, 30, value.length - 17, value.length - 16, value.length - 1];
      for (let length = 0; length < value.length; length += 8) lengths.push(length);
      for (const length of lengths) if (length < value.length) changed('cut', length, value.subarray(0, length));
      changed('prolonged', value.length + 1, Buffer.concat([value, Buffer.alloc(1)]));
    }
  });
});
