import { type Client, escapeIdentifier } from 'pg';
import { CommandFailure } from '../../command-failure.js';

/** A table and the columns whose values it keeps; generated ones are computed anew. */
export interface TableColumns {
  readonly table: string;
  readonly columns: readonly string[];
}

/** Where a sequence stands. */
export interface SequenceState {
  readonly sequence: string;
  readonly value: string;
  readonly called: boolean;
}

/** The table in which the migrations that were applied are noted. Its rows are the manifest's business. */
export const MIGRATIONS_TABLE = 'migrations';

/** Kinds of relations (pg_class.relkind) that a dump understands, or that hold no data of their own. */
const TABLE = 'r';
const WITHOUT_DATA = ['v', 'i', 'S', 'c', 't', 'I'];

/** The tables of a schema, by name. Throws a `CommandFailure` for a relation that would be left out of a dump (partitioned, foreign …). */
export async function tablesOf(client: Client, schema: string): Promise<TableColumns[]> {
  const { rows } = await client.query<{ name: string; kind: string; partition: boolean; columns: string[] }>(
    `SELECT c.relname AS name, c.relkind AS kind, c.relispartition AS partition,
            array(SELECT a.attname::text FROM pg_attribute a
                   WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
                   ORDER BY a.attnum) AS columns
       FROM pg_class c WHERE c.relnamespace = $1::regnamespace ORDER BY c.relname`,
    [escapeIdentifier(schema)],
  );
  const strange = rows.find(({ kind, partition }) => partition || (kind !== TABLE && !WITHOUT_DATA.includes(kind)));
  if (strange) {
    throw new CommandFailure(
      `The relation ${strange.name} is of a kind (${strange.kind}) that this backup does not know: use pg_dump.`,
    );
  }
  return rows
    .filter(({ kind, name }) => kind === TABLE && name !== MIGRATIONS_TABLE)
    .map(({ name, columns }) => ({ table: name, columns }));
}

/**
 * Takes the references between tables away, so that rows may come in any order; resolves to the statements that put them back, which check
 * every row.
 */
export async function dropReferences(client: Client, schema: string): Promise<string[]> {
  const { rows } = await client.query<{ table: string; name: string; definition: string }>(
    `SELECT c.relname AS table, k.conname AS name, pg_get_constraintdef(k.oid) AS definition FROM pg_constraint k
       JOIN pg_class c ON c.oid = k.conrelid WHERE k.contype = 'f' AND k.connamespace = $1::regnamespace`,
    [escapeIdentifier(schema)],
  );
  const alter = (table: string): string => `ALTER TABLE ${escapeIdentifier(schema)}.${escapeIdentifier(table)}`;
  for (const { table, name } of rows) await client.query(`${alter(table)} DROP CONSTRAINT ${escapeIdentifier(name)}`);
  return rows.map(
    ({ table, name, definition }) => `${alter(table)} ADD CONSTRAINT ${escapeIdentifier(name)} ${definition}`,
  );
}

/** The sequences of a schema that have been used, by name. */
export async function sequencesOf(client: Client, schema: string): Promise<SequenceState[]> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT relname AS name FROM pg_class
      WHERE relnamespace = $1::regnamespace AND relkind = 'S' AND relname <> $2 ORDER BY relname`,
    [escapeIdentifier(schema), `${MIGRATIONS_TABLE}_id_seq`],
  );
  const states: SequenceState[] = [];
  for (const { name } of rows) {
    const found = await client.query<{ value: string; called: boolean }>(
      `SELECT last_value::text AS value, is_called AS called FROM ${escapeIdentifier(schema)}.${escapeIdentifier(name)}`,
    );
    states.push({ sequence: name, ...found.rows[0]! });
  }
  return states;
}

/** Names of the migrations that were applied, oldest first; none when the schema was never migrated. */
export async function migrationsOf(client: Client, schema: string): Promise<string[]> {
  const table = `${escapeIdentifier(schema)}.${MIGRATIONS_TABLE}`;
  const { rows: found } = await client.query<{ there: boolean }>('SELECT to_regclass($1) IS NOT NULL AS there', [
    table,
  ]);
  if (!found[0]?.there) return [];
  const { rows } = await client.query<{ name: string }>(`SELECT name FROM ${table} ORDER BY id`);
  return rows.map(({ name }) => name);
}

/**
 * The shape of a schema as sorted lines: each column, constraint and index as PostgreSQL describes it. Two databases of the same version
 * give the same lines, unless somebody has changed one by hand.
 */
export async function shapeOf(client: Client, schema: string): Promise<string[]> {
  const { rows } = await client.query<{ line: string }>(
    `WITH relation AS (SELECT oid, relname FROM pg_class WHERE relnamespace = $1::regnamespace AND relkind = 'r')
     SELECT format('column %s.%s %s%s%s', r.relname, a.attname, format_type(a.atttypid, a.atttypmod),
                   CASE WHEN a.attnotnull THEN ' not null' END, ' default ' || pg_get_expr(d.adbin, d.adrelid)) AS line
       FROM relation r JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
       LEFT JOIN pg_attrdef d ON d.adrelid = r.oid AND d.adnum = a.attnum
     UNION ALL SELECT format('constraint %s.%s %s', r.relname, k.conname, pg_get_constraintdef(k.oid))
       FROM relation r JOIN pg_constraint k ON k.conrelid = r.oid WHERE k.contype <> 'n'
     UNION ALL SELECT format('index %s', replace(pg_get_indexdef(i.indexrelid), $2, ''))
       FROM relation r JOIN pg_index i ON i.indrelid = r.oid`,
    [escapeIdentifier(schema), `${schema}.`],
  );
  return rows.map(({ line }) => line.replaceAll(`${schema}.`, '')).sort();
}
