import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { postgresBinaries, type Binaries } from './binaries.js';
import { unprivileged } from './data-directory.js';
import { runnableBinaries } from './runnable-binaries.js';

const asRoot = unprivileged().uid === undefined ? describe.skip : describe;

asRoot('the programs of PostgreSQL, when root must run them as another user', () => {
  let top: string;
  let closed: Binaries;
  const temporary = () => join(top, 'temporary');
  beforeAll(async () => {
    top = mkdtempSync(join(tmpdir(), 'cryptoutil-binaries-'));
    chmodSync(top, 0o711);
    mkdirSync(temporary(), { mode: 0o711 });
    const home = join(top, 'home');
    mkdirSync(home, { mode: 0o700 });
    const { postgres } = await postgresBinaries();
    cpSync(dirname(dirname(dirname(postgres))), join(home, 'package'), { recursive: true, verbatimSymlinks: true });
    closed = { initdb: join(home, 'package/native/bin/initdb'), postgres: join(home, 'package/native/bin/postgres') };
  });
  afterAll(() => rmSync(top, { recursive: true, force: true }));

  const version = (file: string) => execFileSync(file, ['--version'], { ...unprivileged(), cwd: '/' }).toString();

  it('are taken as installed where that user can reach them', async () => {
    const installed = await postgresBinaries();
    expect(runnableBinaries({ ...installed, postgres: '/bin/sh' })).toEqual({ ...installed, postgres: '/bin/sh' });
  });

  it('are copied once to where that user can run them', () => {
    expect(() => version(closed.postgres)).toThrow('EACCES');
    const runnable = runnableBinaries(closed, temporary());
    expect(version(runnable.postgres)).toMatch(/^postgres \(PostgreSQL\) \d+/);
    expect(runnableBinaries(closed, temporary())).toEqual(runnable);
    expect(readdirSync(temporary())).toHaveLength(1);
  });

  it('are not taken from a copy that others could have written', () => {
    const first = runnableBinaries(closed, temporary());
    chmodSync(dirname(dirname(first.postgres)), 0o777);
    const second = runnableBinaries(closed, temporary());
    expect(second.postgres).not.toBe(first.postgres);
    expect(existsSync(second.postgres)).toBe(true);
  });
});
