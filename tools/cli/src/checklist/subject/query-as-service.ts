import { readFileSync } from 'node:fs';
import { Client } from 'pg';
import { readOrFail } from '../../requests/answers.js';
import type { Row } from './subject.js';

/** Runs one SELECT in a read-only transaction, connected as a service whose settings these are. */
export async function queryAsService(environment: Readonly<Record<string, string>>, sql: string): Promise<Row[]> {
  const caFile = environment.CRYPTOUTIL_DATABASE_TLS_CA_FILE;
  const client = new Client({
    host: environment.CRYPTOUTIL_DATABASE_HOST ?? '127.0.0.1',
    port: Number(environment.CRYPTOUTIL_DATABASE_PORT ?? 5432),
    database: environment.CRYPTOUTIL_DATABASE_NAME,
    user: environment.CRYPTOUTIL_DATABASE_USER,
    password: readOrFail(environment.CRYPTOUTIL_DATABASE_PASSWORD_FILE ?? '')
      .toString('utf8')
      .trim(),
    ...(caFile !== undefined && { ssl: { ca: readFileSync(caFile) } }),
    connectionTimeoutMillis: 5_000,
    application_name: 'cryptoutil checklist',
  });
  // A server that goes away would otherwise end this process.
  client.on('error', () => undefined);
  await client.connect();
  try {
    await client.query('BEGIN READ ONLY');
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}
