import type { CommandResult, Row } from './subject.js';

/** Arguments of psql for one SELECT (with settings before it, if any) in a read-only transaction, its rows as one JSON text. */
export function rowsSql(sql: string): string[] {
  const statements = sql.split(';').map((each) => each.trim());
  const select = statements.pop()!;
  return [
    'BEGIN READ ONLY',
    ...statements.map(quiet),
    `SELECT coalesce(json_agg(row), '[]') FROM (${select}) AS row`,
    'COMMIT',
  ].flatMap((each) => ['-c', each]);
}

/** Its result is no row of the answer. */
const quiet = (sql: string): string => `DO $$ BEGIN PERFORM 1 FROM (${sql}) AS ignored; END $$`;

/** The rows of that JSON. Throws with what psql said when there is none. */
export function parseRows({ code, output, complaint = '' }: CommandResult): Row[] {
  if (code !== 0) throw new Error(complaint.trim().split('\n').at(-1) || `psql ended with ${code}`);
  const start = output.indexOf('[');
  return JSON.parse(output.slice(start)) as Row[];
}
