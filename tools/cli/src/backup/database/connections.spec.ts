import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { homeAt } from '../../home/home.js';
import { fileConnections, suiteConnections } from './connections.js';

describe('connections to the databases', () => {
  let folder: string;
  const write = (content: unknown) => {
    const file = join(folder, 'backup.json');
    writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
    return file;
  };
  const own = { password_file: 'password' };
  const all = { authz: own, idp: own, rs: own, kms: own };
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'cryptoutil-connections-'));
    writeFileSync(join(folder, 'password'), 'secret\n');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('come from a file: passwords from files beside it, names by default those of the services', () => {
    const file = write({
      host: 'db',
      tls_ca_file: 'ca.pem',
      databases: { ...all, kms: { ...own, host: 'other', port: 6432, name: 'k', user: 'u' } },
    });
    const { rs, kms } = fileConnections(file);
    expect(rs).toMatchObject({
      host: 'db',
      port: 5432,
      name: 'cryptoutil_rs',
      user: 'cryptoutil_rs',
      tlsCaFile: join(folder, 'ca.pem'),
    });
    expect(rs.password.text()).toBe('secret');
    expect(kms).toMatchObject({ host: 'other', port: 6432, name: 'k', user: 'u' });
  });

  it.each([
    ['{', /is no JSON/],
    [{ databases: { authz: own, idp: own, rs: own } }, /databases.kms: /],
    [{ databases: { ...all, kms: { password: 'secret' } } }, /databases.kms.password_file: /],
    [{ databases: all, port: '5432' }, /port: /],
    [{ databases: { ...all, kms: { password_file: 'absent' } } }, /password file .*absent cannot be read: ENOENT/],
  ])('name what is wrong with %j', (content, message) => {
    expect(() => fileConnections(write(content))).toThrow(message);
    expect(() => fileConnections(join(folder, 'none.json'))).toThrow('There is no');
  });

  it('of a home are those of the server that runs in it', () => {
    const home = homeAt(folder);
    expect(() => suiteConnections(home)).toThrow(/No suite runs in .*--connections/);
    writeFileSync(home.postgresPlaceFile, JSON.stringify({ folder }));
    mkdirSync(join(folder, 'data'));
    writeFileSync(join(folder, 'data/postmaster.pid'), '1\n/x\n0\n4321\n\n127.0.0.1\n');
    for (const name of Object.keys(all)) {
      mkdirSync(join(home.secrets, name), { recursive: true });
      writeFileSync(join(home.secrets, name, 'database-password'), 'secret\n');
    }
    expect(suiteConnections(home).idp).toMatchObject({ host: '127.0.0.1', port: 4321, name: 'cryptoutil_idp' });
  });
});
