import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { authzSettings } from '@cryptoutil/authz';
import { ConfigurationError, readSettings } from '@cryptoutil/config';
import { databaseSettings } from '@cryptoutil/database';
import { idpSettings } from '@cryptoutil/idp';
import { kmsSettings } from '@cryptoutil/kms';
import { rsSettings } from '@cryptoutil/rs';
import { checkUnitSandbox } from './checks/unit-sandbox.check.js';
import { temporaryFolder, workspace } from './manifests.fixture.js';
import { parseUnit, unitEnvironment, valuesOf, type Directive } from './unit-file.js';

const systemd = join(workspace, 'deployments/systemd');
const read = (file: string): string => readFileSync(join(systemd, file), 'utf8');
const unit = (name: string): Directive[] => parseUnit(read(`units/${name}`));

const services = [
  { name: 'authz', settings: authzSettings, command: ['identity', 'authz'] },
  { name: 'idp', settings: idpSettings, command: ['identity', 'idp'] },
  { name: 'rs', settings: rsSettings, command: ['identity', 'rs'] },
  { name: 'kms', settings: kmsSettings, command: ['kms', 'serve'] },
];
const unitNames = [
  ...services.map(({ name }) => `cryptoutil-${name}.service`),
  'cryptoutil-migrate@.service',
  'cryptoutil-backup.service',
];

const folder = temporaryFolder();
afterAll(() => folder.remove());

/** The environment of a unit, with its credentials in a folder as systemd hands them over. */
function environmentOf(name: string, directives: Directive[]): Record<string, string> {
  const credentials = join(folder.path, name);
  mkdirSync(credentials, { recursive: true });
  for (const credential of valuesOf(directives, 'LoadCredential')) {
    const [id, path] = credential.replaceAll('%i', name).split(':');
    expect(path).toMatch(new RegExp(`^/etc/cryptoutil/secrets/${name}/`));
    writeFileSync(join(credentials, id!), 'x'.repeat(43));
  }
  const files = valuesOf(directives, 'EnvironmentFile').map((path) => {
    expect(path.replace('%i', name)).toBe(`/etc/cryptoutil/${name}.env`);
    return read(`environment/${name}.env`);
  });
  return unitEnvironment(directives, { files, credentials });
}

describe.each(services)('cryptoutil-$name.service', ({ name, settings, command }) => {
  const directives = unit(`cryptoutil-${name}.service`);

  test('has the settings that the service wants, and no others', () => {
    const env = environmentOf(name, directives);
    const values = readSettings(settings, env);
    expect(values.http.publicUrl).toMatch(new RegExp(`:${values.http.listenPort}$`));
    expect(() => readSettings(settings, { ...env, CRYPTOUTIL_LISTEN_PROT: '1' })).toThrow(ConfigurationError);
  });

  test('runs a program that is there, as a user of its own', () => {
    const [node, program, ...args] = valuesOf(directives, 'ExecStart')[0]!.split(' ');
    for (const path of [node!, program!]) {
      expect(existsSync(path.replace(/^\/opt\/cryptoutil\//, `${workspace}/`))).toBe(true);
    }
    expect(args).toEqual(command);
    const user = `cryptoutil-${name}`;
    expect(valuesOf(directives, 'User')).toEqual([user]);
    expect(read('sysusers.conf')).toMatch(new RegExp(`^u ${user} - `, 'm'));
  });

  test('finds its folders, and its log is rotated', () => {
    const [, log] = valuesOf(directives, 'StandardOutput')[0]!.split(':');
    const certificates = dirname(environmentOf(name, directives).CRYPTOUTIL_TLS_CERT_FILE!);
    for (const path of [dirname(log!), certificates, `/etc/cryptoutil/secrets/${name}`]) {
      expect(read('tmpfiles.conf')).toMatch(new RegExp(`^d ${path} 0[0-7]{2}0 root `, 'm'));
    }
    expect(log).toBe(`/var/log/cryptoutil/${name}/${basename(log!)}`);
    expect(read('logrotate.conf')).toMatch(/^\/var\/log\/cryptoutil\/\*\/\*\.log \{$/m);
  });

  test('belongs to the target, which starts it', () => {
    expect(valuesOf(unit('cryptoutil.target'), 'Wants').join(' ')).toContain(`cryptoutil-${name}.service`);
    expect(valuesOf(directives, 'PartOf')).toEqual(['cryptoutil.target']);
    expect(valuesOf(directives, 'WantedBy')).toEqual(['cryptoutil.target']);
  });
});

test.each(services)('the migration of $name has the database of its service', ({ name }) => {
  const env = environmentOf(name, unit('cryptoutil-migrate@.service'));
  const own = Object.fromEntries(Object.entries(env).filter(([key]) => key.startsWith('CRYPTOUTIL_DATABASE_')));
  const { database } = readSettings({ database: databaseSettings({ name: 'none' }) }, own);
  expect(database.name).toBe(`cryptoutil_${name}`);
});

test('the drop-in gives the kms its shares', () => {
  const directives = [...unit('cryptoutil-kms.service'), ...parseUnit(read('drop-ins/unseal.conf'))];
  const { unsealShareFiles } = readSettings(kmsSettings, environmentOf('kms', directives));
  expect(unsealShareFiles).toHaveLength(3);
  for (const file of unsealShareFiles) expect(existsSync(file)).toBe(true);
});

test('authz knows the JWT secret from before a rotation: by a drop-in, elsewhere as a file beside the present one', () => {
  const directives = [...unit('cryptoutil-authz.service'), ...parseUnit(read('drop-ins/rotated-jwt-secret.conf'))];
  const { gateway } = readSettings(authzSettings, environmentOf('authz', directives));
  expect(existsSync(gateway.previousJwtSecretFile!)).toBe(true);
  const without = readSettings(authzSettings, environmentOf('authz', unit('cryptoutil-authz.service')));
  expect(without.gateway.previousJwtSecretFile).toBe(`${without.gateway.jwtSecretFile!}-previous`);
});

test('the kms remembers how far its database was in the one folder it may write to', () => {
  const directives = unit('cryptoutil-kms.service');
  const { barrierAnchorFile } = readSettings(kmsSettings, environmentOf('kms', directives));
  expect(dirname(barrierAnchorFile!)).toBe(`/var/lib/${valuesOf(directives, 'StateDirectory')[0]}`);
});

describe('the sandbox', () => {
  test.each(unitNames)('%s may do nothing but its work', (name) => {
    expect(checkUnitSandbox(unit(name))).toEqual([]);
  });

  test.each([
    ['a sandbox without a line', /^ProtectSystem=.*\n/m, '', 'ProtectSystem=strict is missing.'],
    ['a milder line', 'ProtectSystem=strict', 'ProtectSystem=full', 'ProtectSystem=strict is missing.'],
    ['an empty line that is gone', /^CapabilityBoundingSet=\n/m, '', 'CapabilityBoundingSet= is missing.'],
    ['unfiltered system calls', /^SystemCallFilter=@.*\n/m, '', 'The system calls are not filtered.'],
    ['the user root', /^User=.*\n/m, '', 'It runs as root.'],
    ['a writable folder', '[Service]', '[Service]\nReadWritePaths=/etc', 'It may write to /etc.'],
  ])('%s is noticed', (_title, what, instead, finding) => {
    const text = read('units/cryptoutil-rs.service').replace(what, instead);
    expect(checkUnitSandbox(parseUnit(text))).toEqual([finding]);
  });

  const analyze = spawnSync('systemd-analyze', ['--version']).status === 0;
  (analyze ? test : test.skip).each(unitNames)('systemd itself finds %s exposed to 2.0 at most', (name) => {
    const file = join(systemd, 'units', name);
    const output = execFileSync('systemd-analyze', [
      'security',
      '--offline=true',
      '--threshold=20',
      '--no-pager',
      file,
    ]);
    expect(output.toString()).toMatch(/Overall exposure level .*: [01]\.\d/);
  });
});

test('a unit that cannot be read is refused', () => {
  expect(() => parseUnit('[Service]\nType exec')).toThrow(SyntaxError);
  expect(() => parseUnit('Type=exec')).toThrow(SyntaxError);
  expect(() => unitEnvironment([], { files: ['CRYPTOUTIL'], credentials: '/' })).toThrow(SyntaxError);
  expect(parseUnit('[Service]\nExecStart=a \\\n  b')).toEqual([
    { section: 'Service', key: 'ExecStart', value: 'a  b' },
  ]);
});
