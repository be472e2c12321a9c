import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unprivileged } from '@cryptoutil/database/embedded';
import { ownTestPostgres } from '@cryptoutil/testing';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { ensureHome, homeAt, type Home } from '../home/home.js';
import { createDatabases } from './create-databases.js';
import { postgresPlace, removePostgresPlace } from './postgres-place.js';
import { releaseDataFolder } from './release-data-folder.js';

describe('where PostgreSQL keeps its data', () => {
  let home: Home;
  beforeEach(() => {
    home = homeAt(mkdtempSync(join(tmpdir(), 'cryptoutil-place-')));
    ensureHome(home);
  });
  afterEach(() => {
    removePostgresPlace(home);
    rmSync(home.folder, { recursive: true });
  });

  it('is remembered, and can be entered by the user it runs as', () => {
    const place = postgresPlace(home);
    expect(postgresPlace(home)).toBe(place);
    const asAnotherUser = unprivileged().uid !== undefined;
    expect(place.startsWith(home.folder)).toBe(!asAnotherUser);
    expect(statSync(place).mode & 0o777).toBe(asAnotherUser ? 0o711 : 0o700);
    expect(statSync(home.folder).mode & 0o777).toBe(0o700);
  });

  it('is missed when it is gone, with a way out', () => {
    const place = postgresPlace(home);
    rmSync(place, { recursive: true });
    expect(() => postgresPlace(home)).toThrow(new RegExp(`${place}.*gone.*--reset`));
  });

  it('goes with a reset only when it says that it belongs to this home', () => {
    const other = join(home.folder, 'other');
    mkdirSync(other);
    writeFileSync(home.postgresPlaceFile, JSON.stringify({ folder: other }));
    removePostgresPlace(home);
    expect(existsSync(other)).toBe(true);
    writeFileSync(join(other, 'belongs-to'), home.folder);
    removePostgresPlace(home);
    expect(existsSync(other)).toBe(false);
  });
});

describe('a data folder that an earlier server has left', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'cryptoutil-data-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const note = () => join(folder, 'postmaster.pid');

  it('is free when there is no note, or none of a process', async () => {
    await releaseDataFolder(folder);
    writeFileSync(note(), 'nonsense\n');
    await releaseDataFolder(folder);
  });

  it('is free when the process id has gone to another program since', async () => {
    writeFileSync(note(), `${process.pid}\n${folder}\n`);
    await releaseDataFolder(folder);
    expect(existsSync(note())).toBe(false);
  });

  it('is freed by stopping a server that still works in it', async () => {
    const server = spawn('sleep', ['60'], { cwd: folder, stdio: 'ignore' });
    await once(server, 'spawn');
    const exit = once(server, 'exit');
    writeFileSync(note(), `${server.pid}\n${folder}\n`);
    await releaseDataFolder(folder);
    expect((await exit)[1]).toBe('SIGINT');
  });
});

describe('the databases of the services', () => {
  it('are owned by roles of their own, closed to the others, and made once', async () => {
    const server = await ownTestPostgres();
    try {
      const as = async <T>(user: string, password: string, database: string, work: (client: Client) => Promise<T>) => {
        const { host, port } = server;
        const client = new Client({ host, port, user, password, database });
        await client.connect();
        return work(client).finally(() => client.end());
      };
      const wanted = [
        { name: 'cryptoutil_a', password: "it's" },
        { name: 'cryptoutil_b', password: 'b' },
      ];
      const create = () => as(server.user, server.password, 'postgres', (client) => createDatabases(client, wanted));
      expect(await create()).toEqual(['cryptoutil_a', 'cryptoutil_b']);
      expect(await create()).toEqual([]);
      await as('cryptoutil_a', "it's", 'cryptoutil_a', (client) => client.query('CREATE TABLE t ()'));
      const foreign = as('cryptoutil_b', 'b', 'cryptoutil_a', (client) => client.query('SELECT 1'));
      await expect(foreign).rejects.toThrow('permission denied for database');
    } finally {
      await server.remove();
    }
  });
});
