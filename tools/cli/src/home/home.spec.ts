import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Applied } from './applied.js';
import { clearHome, ensureHome, ensureOwnFolder, homeAt, homeFolder, type Home } from './home.js';
import { ensurePrivateFolder, readTextIfPresent, writePrivateFile } from './private-file.js';

const modeOf = (path: string) => statSync(path).mode & 0o777;

describe('the home of a suite', () => {
  let home: Home;
  beforeEach(() => {
    home = homeAt(mkdtempSync(join(tmpdir(), 'cryptoutil-home-')));
  });
  afterEach(() => rmSync(home.folder, { recursive: true, force: true }));

  it('is CRYPTOUTIL_HOME, else .cryptoutil in the working directory', () => {
    expect(homeFolder({ CRYPTOUTIL_HOME: '/srv/demo' })).toBe('/srv/demo');
    expect(homeFolder({})).toBe(resolve('.cryptoutil'));
    expect(homeFolder({ CRYPTOUTIL_HOME: '' })).toBe(resolve('.cryptoutil'));
  });

  it('lets only its owner in, also when its folders were open before', () => {
    ensurePrivateFolder(home.secrets);
    ensureHome(home);
    for (const folder of [home.folder, home.pki, home.secrets, home.shares, home.logs])
      expect(modeOf(folder)).toBe(0o700);
  });

  it('is no folder with other things in it that others can look into', () => {
    writeFileSync(join(home.folder, 'diary.txt'), 'mine');
    chmodSync(home.folder, 0o755);
    expect(() => ensureOwnFolder(home)).toThrow('choose a folder of its own for CRYPTOUTIL_HOME');
    expect(modeOf(home.folder)).toBe(0o755);
    chmodSync(home.folder, 0o700);
    ensureOwnFolder(home);
  });

  it('is closed to others again when it was opened after a start', () => {
    ensureHome(home);
    writePrivateFile(join(home.secrets, 'x'), '');
    chmodSync(home.folder, 0o755);
    ensureOwnFolder(home);
    expect(modeOf(home.folder)).toBe(0o700);
  });

  it('has files that only their owner reads, replaced in one step', () => {
    const file = join(home.folder, 'file');
    writeFileSync(file, 'old', { mode: 0o644 });
    writePrivateFile(file, 'new');
    expect([modeOf(file), readTextIfPresent(file)]).toEqual([0o600, 'new']);
    expect(readdirSync(home.folder)).toEqual(['file']);
    expect(() => writePrivateFile(join(home.folder, 'absent/file'), 'x')).toThrow('ENOENT');
  });

  it('tells a missing file from one that cannot be read', () => {
    expect(readTextIfPresent(join(home.folder, 'absent'))).toBeUndefined();
    expect(() => readTextIfPresent(home.folder)).toThrow('EISDIR');
  });

  it('loses by a reset what the suite put into it, and nothing else', () => {
    ensureHome(home);
    writePrivateFile(join(home.secrets, 'x'), '');
    for (const file of [home.suiteFile, home.appliedFile, home.runFile]) writePrivateFile(file, '{}');
    writeFileSync(join(home.folder, 'diary.txt'), 'mine');
    clearHome(home);
    expect(readdirSync(home.folder).sort()).toEqual(['diary.txt', 'run.json']);
  });

  it('remembers what was put into the services, by what it was', () => {
    new Applied(home).remember('clients', 'one');
    expect(new Applied(home).has('clients', 'one')).toBe(true);
    expect(new Applied(home).has('clients', 'two')).toBe(false);
    expect(existsSync(home.appliedFile) && modeOf(home.appliedFile)).toBe(0o600);
  });
});
