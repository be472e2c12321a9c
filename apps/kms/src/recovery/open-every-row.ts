import { createDataSource, type DatabaseSettings } from '@cryptoutil/database';
import type { DataSource } from 'typeorm';
import { AuditChainStore } from '../audit/audit-chain.store.js';
import { Barrier } from '../barrier/barrier.js';
import { unwrapBarrierKeys } from '../barrier/barrier-keys.js';
import { BarrierStore } from '../barrier/barrier.store.js';
import { checkShare, combineRootKey } from '../barrier/share-set.js';
import { parseShare } from '../barrier/share-text.js';
import { entities } from '../database.js';
import { KmsError } from '../errors/kms-error.js';
import { sealedTables, type SealedTable } from './sealed-tables.js';

/** What was opened of a database of the kms. */
export interface OpenedRows {
  /** Rows by table. */
  opened: Record<string, number>;
  /** Versions whose material opened, by the `kid` of their messages. */
  kids: Set<string>;
  auditEvents: number;
}

/** Should be thrown when a database of the kms does not open as a whole; the message says which row or share. */
export class NotOpened extends Error {
  override readonly name = 'NotOpened';
}

const PAGE = 5000;

/**
 * Opens every sealed row of a database with the shares, as a kms would, and walks its audit chain. It changes nothing and runs no service:
 * for a copy that was restored for a trial. Throws `NotOpened`.
 */
export async function openEveryRow(database: DatabaseSettings, shareTexts: readonly string[]): Promise<OpenedRows> {
  const dataSource = createDataSource(database, { entities }, { poolSize: 1, statementTimeoutMs: 0 });
  await dataSource.initialize();
  const barrier = new Barrier();
  try {
    await requireKnownTables(dataSource);
    const wrapped = await unlock(barrier, new BarrierStore(dataSource), shareTexts);
    const kids = new Set<string>();
    const opened: Record<string, number> = { barrier_keys: wrapped };
    for (const { table, ...sealed } of sealedTables(barrier, kids)) opened[table] = await everyRow(dataSource, sealed);
    const audit = await new AuditChainStore(dataSource).verify();
    if (audit.brokenAt !== undefined) throw new NotOpened(`The audit chain is broken at event ${audit.brokenAt}.`);
    return { opened, kids, auditEvents: audit.events };
  } catch (error) {
    if (!(error instanceof KmsError)) throw error;
    throw new NotOpened(error.code === 'integrity' ? error.message : error.detail);
  } finally {
    barrier.lock();
    await dataSource.destroy();
  }
}

/** A table that holds sealed values and is not opened here would make the result a lie. */
async function requireKnownTables(dataSource: DataSource): Promise<void> {
  const rows = await dataSource.query<{ name: string }[]>(
    `SELECT DISTINCT table_name AS name FROM information_schema.columns
      WHERE table_schema = current_schema() AND data_type = 'bytea' AND (column_name ~ '^sealed' OR column_name = 'wrapped')`,
  );
  const known = ['barrier_keys', ...sealedTables(new Barrier(), new Set()).map(({ table }) => table)];
  const unknown = rows.map(({ name }) => name).filter((name) => !known.includes(name));
  if (unknown.length > 0) throw new NotOpened(`This version does not know how to open ${unknown.join(', ')}.`);
}

/** Unlocks with as many shares as the set wants; resolves to the number of barrier keys that opened. */
async function unlock(barrier: Barrier, store: BarrierStore, texts: readonly string[]): Promise<number> {
  const set = await store.currentShareSet();
  if (!set) throw new NotOpened('The kms of this backup was never initialised.');
  const shares = new Map(texts.map((text) => [parseShare(text).index, parseShare(text)]));
  shares.forEach((share) => checkShare(set, share));
  if (shares.size < set.threshold)
    throw new NotOpened(`${set.threshold} shares of the set ${set.set} are needed; ${shares.size} were given.`);
  const root = await combineRootKey(set, [...shares.values()].slice(0, set.threshold));
  if (!root) throw new NotOpened('The shares do not give the root key of this backup.');
  try {
    const { wrapped, turns } = await store.turnedKeys();
    barrier.unlock(unwrapBarrierKeys(root, set.rootEpoch, wrapped, turns));
    return wrapped.length;
  } finally {
    root.fill(0);
  }
}

async function everyRow(dataSource: DataSource, { entity, order, check }: Omit<SealedTable, 'table'>): Promise<number> {
  let count = 0;
  for (;;) {
    const query = dataSource.createQueryBuilder(entity, 'r').offset(count).limit(PAGE);
    order.forEach((column) => query.addOrderBy(`r.${column}`));
    const rows = await query.getMany();
    rows.forEach(check);
    count += rows.length;
    if (rows.length < PAGE) return count;
  }
}
