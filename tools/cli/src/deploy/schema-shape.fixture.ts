import type { TemporaryDatabase } from '@cryptoutil/testing';

/** What code that was written for a schema relies on: each thing by its name, with how it is. */
export interface SchemaShape {
  /** `table.column` */
  readonly columns: ReadonlyMap<string, Column>;
  /** Constraints, unique indexes, triggers and functions, which can refuse or change what is written. */
  readonly rules: ReadonlyMap<string, Rule>;
}

interface Column {
  readonly type: string;
  readonly required: boolean;
  /** Whether an INSERT may leave it out. */
  readonly optional: boolean;
}

interface Rule {
  readonly definition: string;
  /** The table and columns that it looks at; none for a function. */
  readonly table: string;
  readonly columns: readonly string[];
}

const COLUMNS = `
  SELECT c.relname || '.' || a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type, a.attnotnull AS required,
    NOT a.attnotnull OR a.atthasdef OR a.attidentity <> '' AS optional
  FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
  WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm') AND a.attnum > 0 AND NOT a.attisdropped
    AND c.relname <> 'migrations'`;

const columnNames = (keys: string, relation: string) =>
  `ARRAY(SELECT a.attname::text FROM pg_attribute a WHERE a.attrelid = ${relation} AND a.attnum = ANY (${keys}))`;

const RULES = `
  SELECT 'constraint ' || r.relname || '.' || c.conname AS name, pg_get_constraintdef(c.oid) AS definition, r.relname::text AS table,
    ${columnNames('c.conkey', 'c.conrelid')} AS columns
  FROM pg_constraint c JOIN pg_class r ON r.oid = c.conrelid
  WHERE c.connamespace = 'public'::regnamespace AND c.contype <> 'n' AND r.relname <> 'migrations'
  UNION ALL
  SELECT 'index ' || i.relname, pg_get_indexdef(x.indexrelid), r.relname::text, ${columnNames('x.indkey', 'x.indrelid')}
  FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class r ON r.oid = x.indrelid
  WHERE i.relnamespace = 'public'::regnamespace AND x.indisunique AND r.relname <> 'migrations'
    AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = x.indexrelid)
  UNION ALL
  SELECT 'trigger ' || r.relname || '.' || t.tgname, pg_get_triggerdef(t.oid), r.relname::text, '{}'
  FROM pg_trigger t JOIN pg_class r ON r.oid = t.tgrelid WHERE NOT t.tgisinternal AND r.relnamespace = 'public'::regnamespace
  UNION ALL
  SELECT 'function ' || p.oid::regprocedure, pg_get_functiondef(p.oid), '', '{}'
  FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace AND p.prokind IN ('f', 'p')`;

/** Reads the shape of a database. */
export async function schemaShape(database: TemporaryDatabase): Promise<SchemaShape> {
  const columns = await database.sql<Record<string, unknown> & Column & { name: string }>(COLUMNS);
  const rules = await database.sql<Record<string, unknown> & Rule & { name: string }>(RULES);
  return {
    columns: new Map(columns.map((column) => [column.name, column])),
    rules: new Map(rules.map((rule) => [rule.name, rule])),
  };
}

/** What a migration took away from code that was written for the schema before it, in sentences; empty when it only expanded. */
export function narrowed(before: SchemaShape, after: SchemaShape): string[] {
  return [...narrowedColumns(before, after), ...narrowedRules(before, after)].sort();
}

const tableOf = (column: string): string => column.slice(0, column.indexOf('.'));

function narrowedColumns(before: SchemaShape, after: SchemaShape): string[] {
  const changed = [...before.columns].flatMap(([name, old]) => {
    const now = after.columns.get(name);
    if (!now) return [`${name} is gone`];
    return [
      ...(now.type === old.type ? [] : [`${name} was ${old.type} and is ${now.type}`]),
      ...(now.required && !old.required ? [`${name} may not be null any more`] : []),
      ...(old.optional && !now.optional && !(now.required && !old.required) ? [`${name} lost its default`] : []),
    ];
  });
  const tables = new Set([...before.columns.keys()].map(tableOf));
  const demanded = [...after.columns]
    .filter(([name, { optional }]) => !before.columns.has(name) && tables.has(tableOf(name)) && !optional)
    .map(([name]) => `${name} is new and has to be given`);
  return [...changed, ...demanded];
}

/** A rule may be new when it looks at new tables or new columns only; what was written before cannot break it. */
function narrowedRules(before: SchemaShape, after: SchemaShape): string[] {
  const tables = new Set([...before.columns.keys()].map(tableOf));
  const isNew = ({ table, columns }: Rule): boolean =>
    !tables.has(table) || (columns.length > 0 && columns.every((column) => !before.columns.has(`${table}.${column}`)));
  const added = [...after.rules]
    .filter(([name, rule]) => before.rules.get(name)?.definition !== rule.definition)
    .filter(([name, rule]) => (name.startsWith('function ') ? before.rules.has(name) : !isNew(rule)))
    .map(([name, { definition }]) => `${name} refuses or changes what was accepted: ${definition.split('\n')[0]}`);
  const functions = [...before.rules.keys()].filter((name) => name.startsWith('function ') && !after.rules.has(name));
  return [...added, ...functions.map((name) => `${name} is gone`)];
}
