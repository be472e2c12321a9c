import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { readSettings } from '@cryptoutil/config';
import { createDataSource, databaseSettings } from './index.js';

describe('databaseSettings', () => {
  const folder = mkdtempSync(join(tmpdir(), 'cryptoutil-settings-'));
  const password = join(folder, 'password');
  const ca = join(folder, 'ca.pem');
  writeFileSync(password, 'hunter2\n');
  writeFileSync(ca, 'PEM');
  afterAll(() => rmSync(folder, { recursive: true }));
  const read = (env: NodeJS.ProcessEnv) =>
    readSettings({ database: databaseSettings({ name: 'cryptoutil_rs' }) }, env).database;
  const given = { CRYPTOUTIL_DATABASE_PASSWORD_FILE: password };

  it('takes loopback, one database and one role of the given name as defaults', () => {
    expect(read(given)).toMatchObject({
      ...{
        host: '127.0.0.1',
        port: 5432,
        name: 'cryptoutil_rs',
        user: 'cryptoutil_rs',
        poolSize: 10,
        connectTimeoutMs: 5000,
      },
      tlsCaFile: undefined,
    });
  });

  it('needs the password as a file', () => {
    expect(() => read({})).toThrow('CRYPTOUTIL_DATABASE_PASSWORD_FILE');
    expect(read(given).password.text()).toBe('hunter2');
  });

  it.each([
    ['CRYPTOUTIL_DATABASE_POOL_SIZE', '0'],
    ['CRYPTOUTIL_DATABASE_CONNECT_TIMEOUT_MS', '50'],
    ['CRYPTOUTIL_DATABASE_PORT', '70000'],
  ])('refuses %s=%s', (variable, value) => {
    expect(() => read({ ...given, [variable]: value })).toThrow(variable);
  });

  it('verifies the server by TLS when a CA is given, and keeps the password out of the options', () => {
    const { options } = createDataSource(read({ ...given, CRYPTOUTIL_DATABASE_TLS_CA_FILE: ca }), {});
    expect(options).toMatchObject({
      ssl: { ca: 'PEM', rejectUnauthorized: true },
      synchronize: false,
      migrationsRun: false,
    });
    expect(JSON.stringify(options)).not.toContain('hunter2');
  });
});
