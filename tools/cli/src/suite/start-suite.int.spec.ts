import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { homeAt } from '../home/home.js';
import { readTextIfPresent } from '../home/private-file.js';
import { databaseEnvironment } from '../services/service-environment.js';
import { migrateCommandAction } from '../services/migrate-services.js';
import { serviceNames } from '../services/services.js';
import { smoke } from '../smoke/smoke.js';
import type { RunningSuite } from './running-suite.js';
import { startSuite } from './start-suite.js';

const anyPorts = { authz: 0, idp: 0, rs: 0, kms: 0, postgres: 0 };

/** With real processes, which run from the build. */
describe('a suite', () => {
  let parent: string;
  let home: string;
  let suite: RunningSuite;
  let printed: string;
  const before = { ...process.env };
  beforeAll(async () => {
    parent = mkdtempSync(join(tmpdir(), 'cryptoutil-suite-'));
    home = join(parent, 'home');
    suite = await startSuite({ home, ports: anyPorts });
  }, 180_000);
  afterAll(async () => {
    await suite?.remove();
    expect(existsSync(home)).toBe(false);
    rmSync(parent, { recursive: true });
  }, 60_000);
  beforeEach(() => {
    printed = '';
    jest.spyOn(console, 'log').mockImplementation((line: string) => void (printed += `${line}\n`));
  });
  afterEach(() => {
    jest.restoreAllMocks();
    process.env = { ...before };
  });

  it('says in suite.json what runs, and smoke finds nothing wrong with it', async () => {
    expect(JSON.parse(readFileSync(join(home, 'suite.json'), 'utf8'))).toEqual(suite.file);
    expect(await smoke(home)).toBe(0);
    expect(printed).toContain('✓ logout: ends the session');
    expect(printed.trim().split('\n').at(-1)).toMatch(/^\d+ passed, 0 failed$/);
  }, 120_000);

  it('has schemas with nothing left to migrate', async () => {
    for (const name of serviceNames) {
      process.env = { ...before, ...databaseEnvironment(name, suite.context) };
      expect(await migrateCommandAction([name], { dryRun: true })).toBe(0);
      expect(await migrateCommandAction([name], { dryRun: false })).toBe(0);
    }
    expect(printed).toContain('kms: up to date');
    await expect(migrateCommandAction(serviceNames, { dryRun: true })).rejects.toThrow(
      'say which service it belongs to',
    );
    process.env.CRYPTOUTIL_DATABASE_PORT = '1';
    await expect(migrateCommandAction(['kms'], { dryRun: true })).rejects.toThrow(
      'The database cryptoutil_kms at 127.0.0.1:1 was not migrated',
    );
  }, 120_000);

  it('runs replicas, restarts what was killed, and survives its database; smoke tells what is away', async () => {
    const replica = await suite.addReplica('rs');
    expect(suite.process(replica.id).pid).not.toBe(suite.process('rs').pid);
    await suite.kill('rs');
    expect(await smoke(home)).toBe(1);
    expect(printed).toMatch(/✗ rs is ready \(\d+ ms\)\n {2}https:\/\/localhost:\d+ does not answer: ECONNREFUSED/);
    await suite.restart('rs');
    await suite.stopDatabase();
    await suite.startDatabase();
    expect(() => suite.process('mail')).toThrow('mail does not run');
  }, 120_000);

  it('is failed by a part that ends unasked, with its name and its last words', async () => {
    process.kill(suite.process('idp').pid, 'SIGKILL');
    expect(await suite.failed).toMatch(/^idp was ended by SIGKILL\. Its last log lines \(.*idp\.log\):\n\{/);
  }, 60_000);

  it('is not started twice in one home', async () => {
    await expect(startSuite({ home, ports: anyPorts })).rejects.toThrow('A suite already runs');
  });

  it('that is given up during its start leaves no process and no lock', async () => {
    const other = homeAt(join(parent, 'other'));
    const attempt = startSuite({ home: other.folder, ports: anyPorts, signal: AbortSignal.timeout(2_000) });
    await expect(attempt).rejects.toThrow();
    expect(readTextIfPresent(other.runFile)).toBeUndefined();
    expect(readTextIfPresent(other.suiteFile)).toBeUndefined();
    rmSync((JSON.parse(readFileSync(other.postgresPlaceFile, 'utf8')) as { folder: string }).folder, {
      recursive: true,
    });
  }, 60_000);
});
