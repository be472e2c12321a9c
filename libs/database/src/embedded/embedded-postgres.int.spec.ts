import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { postgresBinaries } from './binaries.js';
import { initialise } from './data-directory.js';
import { PortTaken, startEmbeddedPostgres } from './index.js';

describe('startEmbeddedPostgres', () => {
  let parent: string;
  beforeAll(() => {
    parent = mkdtempSync(join(tmpdir(), 'cryptoutil-embedded-'));
    chmodSync(parent, 0o711);
  });
  afterAll(() => rmSync(parent, { recursive: true, force: true }));
  const folder = (name: string) => join(parent, name);
  const ask = async (port: number, password: string) => {
    const client = new pg.Client({ host: '127.0.0.1', port, user: 'postgres', password, database: 'postgres' });
    await client.connect();
    const { rows } = await client.query<{ encoding: string }>('SELECT current_setting($1) AS encoding', [
      'server_encoding',
    ]);
    await client.end();
    return rows[0]?.encoding;
  };

  it('keeps data and password over a restart, and takes no other password', async () => {
    const first = await startEmbeddedPostgres({ directory: folder('kept'), password: 'one' });
    expect(await ask(first.port, 'one')).toBe('UTF8');
    await first.stop();
    await first.stop();
    const second = await startEmbeddedPostgres({ directory: folder('kept'), password: 'two' });
    await expect(ask(second.port, 'two')).rejects.toThrow('password authentication failed');
    expect(await ask(second.port, 'one')).toBe('UTF8');
    await second.stop();
  });

  it('names the port that is taken, and leaves no process', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    const attempt = startEmbeddedPostgres({ directory: folder('kept'), password: 'x', port });
    await expect(attempt).rejects.toThrow(new PortTaken(port).message);
    other.close();
  });

  it('tells the last words of a server that does not start, and removes its folder if it was for once', async () => {
    const attempt = startEmbeddedPostgres({
      directory: folder('kept'),
      password: 'x',
      maxConnections: -1,
      ephemeral: true,
    });
    await expect(attempt).rejects.toThrow(/did not start: .*max_connections/);
    expect(existsSync(folder('kept'))).toBe(false);
  });

  it('ends with the process that started it, even when that is killed', async () => {
    // Beside the others: the unprivileged server may remove a folder of its own from the temporary folder, but not from ours.
    const directory = `${parent}-orphan`;
    // Node runs the sources as they are; only the imports name what the compiler will have made of them.
    const program = `
      import { registerHooks } from 'node:module';
      registerHooks({ resolve: (name, context, next) => next(/^\\.\\/.*js$/.test(name) ? name.replace(/js$/, 'ts') : name, context) });
      const { startEmbeddedPostgres } = await import(${JSON.stringify(new URL('./index.ts', import.meta.url).href)});
      const server = await startEmbeddedPostgres({ directory: ${JSON.stringify(directory)}, password: 'x', ephemeral: true, durable: false });
      console.log(String(server.port));
      setInterval(() => undefined, 1000);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
      cwd: new URL('../..', import.meta.url).pathname,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let port: number;
    try {
      port = await new Promise<number>((resolve, reject) => {
        child.stdout.once('data', (text: Buffer) => resolve(Number(text.toString())));
        child.once('exit', () => reject(new Error('the program ended')));
      });
      expect(await ask(port, 'x')).toBe('UTF8');
    } finally {
      child.removeAllListeners('exit');
      child.kill('SIGKILL');
    }
    while (existsSync(directory)) await new Promise((resolve) => setTimeout(resolve, 20));
    await expect(ask(port, 'x')).rejects.toThrow('ECONNREFUSED');
  });

  it('says when there is no PostgreSQL for the platform', async () => {
    await expect(postgresBinaries('linux', 's390x')).rejects.toThrow('no embedded PostgreSQL for linux-s390x');
  });

  it('leaves nothing of a cluster that could not be made', async () => {
    await expect(initialise('/bin/false', folder('failed'), 'postgres', 'x')).rejects.toThrow('initdb ended with 1');
    await expect(initialise('/does/not/exist', folder('failed'), 'postgres', 'x')).rejects.toThrow('ENOENT');
    expect(existsSync(folder('failed'))).toBe(false);
    expect(existsSync(`${folder('failed')}.password`)).toBe(false);
  });
});
