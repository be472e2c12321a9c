import { decodeProtectedHeader } from '@cryptoutil/crypto';
import { type Client, escapeIdentifier } from 'pg';
import { CommandFailure } from '../command-failure.js';
import { serviceNames } from '../services/services.js';
import { connect, type SuiteConnections } from './database/connections.js';
import { SCHEMA } from './database/snapshot.js';

/** A compact JWE (RFC 7516 §7.1), as the kms makes them: five parts, the first a JSON object. */
const COMPACT_JWE = '^eyJ[A-Za-z0-9_-]*\\.[A-Za-z0-9_-]*\\.[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]*\\.[A-Za-z0-9_-]+$';
const PAGE = 2000;

/**
 * Looks at every ciphertext of the kms that another service has stored, and that its key version is among those that opened. Resolves to
 * how many there are. Throws a `CommandFailure` naming the first that nobody could open any more.
 */
export async function requireKeysOfCiphertexts(
  connections: SuiteConnections,
  kids: ReadonlySet<string>,
): Promise<number> {
  let count = 0;
  for (const service of serviceNames.filter((name) => name !== 'kms')) {
    const client = await connect(connections[service]);
    try {
      for (const { table, column } of await textColumns(client)) {
        for await (const jwe of ciphertextsOf(client, table, column)) {
          const kid = kidOf(jwe);
          if (kid === undefined) continue;
          count += 1;
          if (!kids.has(kid)) {
            throw new CommandFailure(
              `A ciphertext in ${service}.${table}.${column} names the key ${kid}, which is not in the set.`,
            );
          }
        }
      }
    } finally {
      await client.end();
    }
  }
  return count;
}

async function textColumns(client: Client): Promise<{ table: string; column: string }[]> {
  const { rows } = await client.query<{ table: string; column: string }>(
    `SELECT table_name AS table, column_name AS column FROM information_schema.columns
      WHERE table_schema = $1 AND data_type IN ('text', 'character varying')`,
    [SCHEMA],
  );
  return rows;
}

async function* ciphertextsOf(client: Client, table: string, column: string): AsyncGenerator<string> {
  const name = escapeIdentifier(column);
  await client.query('BEGIN');
  await client.query(
    `DECLARE found CURSOR FOR SELECT ${name} AS jwe FROM ${SCHEMA}.${escapeIdentifier(table)} WHERE ${name} ~ '${COMPACT_JWE}'`,
  );
  for (;;) {
    const { rows } = await client.query<{ jwe: string }>(`FETCH ${PAGE} FROM found`);
    if (rows.length === 0) break;
    for (const { jwe } of rows) yield jwe;
  }
  await client.query('COMMIT');
}

/** A JWE of somebody else's names no key of the kms. */
function kidOf(jwe: string): string | undefined {
  try {
    const { kid } = decodeProtectedHeader(jwe);
    return kid !== undefined && /^[0-9a-f-]{36}$/.test(kid) ? kid : undefined;
  } catch {
    return undefined;
  }
}
