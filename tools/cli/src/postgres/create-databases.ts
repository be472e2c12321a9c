import { escapeIdentifier, escapeLiteral, type Client } from 'pg';

/** A database and the role of the same name that owns it. */
export interface WantedDatabase {
  readonly name: string;
  readonly password: string;
}

/** Creates the missing databases, each owned by a role of its own and closed to all other roles. Resolves to the names of the new ones. */
export async function createDatabases(client: Client, wanted: readonly WantedDatabase[]): Promise<string[]> {
  const roles = await names(client, 'SELECT rolname AS name FROM pg_roles');
  const databases = await names(client, 'SELECT datname AS name FROM pg_database');
  const created: string[] = [];
  for (const { name, password } of wanted) {
    const identifier = escapeIdentifier(name);
    if (!roles.has(name)) await client.query(`CREATE ROLE ${identifier} LOGIN PASSWORD ${escapeLiteral(password)}`);
    if (!databases.has(name)) {
      await client.query(`CREATE DATABASE ${identifier} OWNER ${identifier}`);
      created.push(name);
    }
    // Also for one that was there: an earlier start may have been killed between the two statements.
    await client.query(`REVOKE ALL ON DATABASE ${identifier} FROM PUBLIC`);
  }
  return created;
}

async function names(client: Client, sql: string): Promise<Set<string>> {
  const { rows } = await client.query<{ name: string }>(sql);
  return new Set(rows.map(({ name }) => name));
}
