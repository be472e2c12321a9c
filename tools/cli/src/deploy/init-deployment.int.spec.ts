import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { X509Certificate } from '@cryptoutil/crypto';
import {
  activeColour,
  changeDeploymentSettings,
  profilesWith,
  publishedPorts,
  readDeploymentSettings,
} from './deployment-settings.js';
import { keyFiles, makeBackupKeys, readRecipientPublic } from '../backup/sets/backup-keys.js';
import { initDeployment, type InitOptions } from './init-deployment.js';
import { deploymentPlace } from './place.js';

const options: Omit<InitOptions, 'folder'> = {
  host: 'id.example.com',
  image: 'cryptoutil:1.2.3',
  bind: '127.0.0.1',
  telemetry: true,
  authServicePort: 8443,
  ports: { authz: 8080, idp: 8081, rs: 8082, kms: 9090 },
};
const compose = readFileSync(join(import.meta.dirname, '../../../../deployments/compose/compose.yml'), 'utf8');
const modeOf = (path: string) => statSync(path).mode & 0o777;

describe('cryptoutil deploy init', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'cryptoutil-deploy-'));
    writeFileSync(join(folder, 'compose.yml'), compose);
    jest.spyOn(console, 'log').mockImplementation(() => undefined);
  });
  afterEach(() => {
    jest.restoreAllMocks();
    rmSync(folder, { recursive: true, force: true });
  });

  it('makes every file that compose.yml mounts, for its owner alone, each of its own content', async () => {
    await initDeployment({ ...options, folder });
    const mountedFiles = [...compose.matchAll(/\{ file: \.\/(\S+) \}/g)].map(([, path]) => path!);
    const folders = [...compose.matchAll(/source: \.\/(secrets\/\w+),/g)].map(([, path]) => path!);
    const below = folders.flatMap((path) => readdirSync(join(folder, path)).map((name) => `${path}/${name}`));
    expect(below).toContain('secrets/authz/auth-service-jwt-secret');
    const files = [...new Set([...mountedFiles, ...below])].map((path) => join(folder, path));
    expect(files.length).toBeGreaterThan(8);
    for (const [, mounted] of compose.matchAll(/source: \.\/pki\/(\w+),/g)) {
      if (mounted === 'trust') expect(modeOf(join(folder, 'pki/trust/ca.crt'))).toBe(0o644);
      else files.push(...['tls.crt', 'tls.key'].map((file) => join(folder, 'pki', mounted!, file)));
    }
    const contents = files.map((file) => readFileSync(file, 'utf8'));
    expect(new Set(contents).size).toBe(files.length);
    for (const file of files) expect(modeOf(file)).toBe(0o600);
    for (const path of [
      'secrets',
      'pki',
      'unseal',
      'data/postgres',
      'data/kms',
      'data/haproxy',
      'backups',
      'backup-keys',
    ]) {
      expect(modeOf(join(folder, path))).toBe(0o700);
    }
  });

  it('issues certificates for the public name, the names on the networks and localhost, each with its identity', async () => {
    await initDeployment({ ...options, folder });
    for (const name of ['authz', 'idp', 'rs', 'kms']) {
      const { subjectAltName } = new X509Certificate(readFileSync(join(folder, `pki/${name}.crt`)));
      for (const host of ['id.example.com', 'localhost', name, `${name}-blue`, `${name}-green`]) {
        expect(subjectAltName).toContain(`DNS:${host}`);
      }
      expect(subjectAltName).toContain(`URI:spiffe://cryptoutil/${name}`);
    }
  });

  it('sets every name that compose.yml has no default for, and no secret', async () => {
    await initDeployment({ ...options, folder });
    const settings = readDeploymentSettings(deploymentPlace(folder));
    const needed = [...compose.matchAll(/\$\{(CRYPTOUTIL_\w+)(?:\}|:\?)/g)].map((match) => match[1]!);
    expect(Object.keys(settings)).toEqual(expect.arrayContaining([...new Set(needed)]));
    expect(settings).toMatchObject({ COMPOSE_PROFILES: 'blue,telemetry', CRYPTOUTIL_GREEN_IMAGE: 'cryptoutil:1.2.3' });
    expect(publishedPorts(settings)).toEqual(options.ports);
    expect(Object.keys(settings).filter((name) => /PASSWORD|SECRET|KEY$/.test(name))).toEqual([]);
  });

  it.each([
    '.env',
    'secrets',
    'backup-keys',
    'pki/ca.crt',
    'unseal/share-1',
    'data/postgres',
    'data/kms',
    'data/haproxy/colour.map',
  ])('refuses when there is %s, and changes nothing', async (path) => {
    mkdirSync(join(folder, path, '..'), { recursive: true });
    writeFileSync(join(folder, path), 'precious');
    const before = readdirSync(folder, { recursive: true });
    await expect(initDeployment({ ...options, folder })).rejects.toThrow(path.split('/')[0]);
    expect(readdirSync(folder, { recursive: true })).toEqual(before);
    expect(readFileSync(join(folder, path), 'utf8')).toBe('precious');
  });

  it('takes the public key of a recipient, whose private key is never on this host then', async () => {
    const safe = join(folder, 'safe');
    const { recipient } = await makeBackupKeys(safe);
    await initDeployment({ ...options, folder, backupRecipient: join(safe, keyFiles.recipientPublic) });
    const keys = join(folder, 'backup-keys');
    expect(readdirSync(keys).sort()).toEqual(
      [keyFiles.recipientPublic, keyFiles.signerPrivate, keyFiles.signerPublic].sort(),
    );
    expect(readRecipientPublic(join(keys, keyFiles.recipientPublic)).kid).toBe(recipient);
    const printed = jest.mocked(console.log).mock.calls.flat().join();
    expect(printed).toContain(`sealed for the key ${recipient}`);
    expect(printed).not.toContain('move that file');
  });

  it.each([
    ['a private key', keyFiles.recipientPrivate, 'holds the private key'],
    ['a file that is not there', 'nowhere.jwk', 'nowhere.jwk'],
    ['no key', 'text', 'no JSON Web Key'],
  ])('refuses %s as the recipient, and makes nothing', async (_what, name, message) => {
    const safe = join(folder, 'safe');
    await makeBackupKeys(safe);
    writeFileSync(join(safe, 'text'), 'text');
    await expect(initDeployment({ ...options, folder, backupRecipient: join(safe, name) })).rejects.toThrow(message);
    expect(readdirSync(folder).sort()).toEqual(['compose.yml', 'safe']);
  });

  it.each(['localhost', '10.0.0.1', 'a b.c', 'https://id.example.com', '-a.b', ''])(
    'refuses %j as the public name',
    async (host) => {
      await expect(initDeployment({ ...options, folder, host })).rejects.toThrow('--host must be a name');
      expect(readdirSync(folder)).toEqual(['compose.yml']);
    },
  );

  it('says where it looked when there is no compose.yml, and how to make settings when there are none', () => {
    expect(() => deploymentPlace(join(folder, 'nowhere'))).toThrow('nowhere/compose.yml');
    expect(() => readDeploymentSettings(deploymentPlace(folder))).toThrow('cryptoutil deploy init');
  });

  it('keeps the other profiles when the colour changes', async () => {
    await initDeployment({ ...options, folder });
    const place = deploymentPlace(folder);
    const settings = changeDeploymentSettings(place, {
      COMPOSE_PROFILES: profilesWith(readDeploymentSettings(place), 'green'),
    });
    expect(settings.COMPOSE_PROFILES).toBe('green,telemetry');
    expect(activeColour(readDeploymentSettings(place))).toBe('green');
    expect(() => activeColour({ COMPOSE_PROFILES: 'telemetry' })).toThrow('neither blue nor green');
  });
});
