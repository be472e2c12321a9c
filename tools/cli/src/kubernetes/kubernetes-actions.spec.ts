import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { createAuthority } from '@cryptoutil/pki';
import { writeSecrets, writeUnsealShares } from './kubernetes-actions.js';

let folder: string;
let out: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cryptoutil-kubernetes-'));
  out = join(folder, 'secrets');
  jest.spyOn(console, 'log').mockReturnValue();
});
afterEach(() => {
  jest.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

const namespace = 'cryptoutil-prod';
const manifest = (name: string): string => readFileSync(join(out, `${name}.yaml`), 'utf8');
const valueOf = (name: string, file: string): string => {
  const encoded = new RegExp(`^  ${file}: (.*)$`, 'm').exec(manifest(name))?.[1] ?? '';
  return Buffer.from(encoded, 'base64').toString();
};

describe('cryptoutil kubernetes secrets', () => {
  test('makes one file a secret, for its owner alone', () => {
    writeSecrets({ out, namespace });
    expect(readdirSync(out).sort()).toEqual([
      'cryptoutil-kms-database.yaml',
      'identity-authz-database.yaml',
      'identity-authz.yaml',
      'identity-idp-database.yaml',
      'identity-idp.yaml',
      'identity-rs-database.yaml',
    ]);
    for (const file of readdirSync(out)) expect(statSync(join(out, file)).mode & 0o777).toBe(0o600);
  });

  test('gives every value 256 random bits of its own', () => {
    writeSecrets({ out, namespace });
    const values = [
      valueOf('identity-authz', 'token-hash-key'),
      valueOf('identity-authz', 'cookie-key'),
      valueOf('identity-authz', 'auth-service-jwt-secret'),
      valueOf('identity-idp', 'session-key'),
      ...['identity-authz', 'identity-idp', 'identity-rs', 'cryptoutil-kms'].map((name) =>
        valueOf(`${name}-database`, 'password'),
      ),
    ];
    expect(new Set(values).size).toBe(8);
    for (const value of values) expect(Buffer.from(value, 'base64url')).toHaveLength(32);
  });

  test('writes the namespace and the type that CloudNativePG takes', () => {
    writeSecrets({ out, namespace: 'elsewhere' });
    expect(manifest('identity-rs-database')).toContain('  namespace: elsewhere\n');
    expect(manifest('identity-rs-database')).toContain('type: kubernetes.io/basic-auth\n');
    expect(valueOf('identity-rs-database', 'username')).toBe('cryptoutil_rs');
  });

  test('replaces nothing, and then writes nothing at all', () => {
    writeSecrets({ out, namespace });
    const before = manifest('identity-authz');
    rmSync(join(out, 'identity-rs-database.yaml'));
    expect(() => writeSecrets({ out, namespace })).toThrow('is there already');
    expect(manifest('identity-authz')).toBe(before);
    expect(readdirSync(out)).not.toContain('identity-rs-database.yaml');
  });

  test('takes the authority of a managed server, and only a certificate', async () => {
    const { certificatePem } = await createAuthority({ commonName: 'database', days: 1 });
    const databaseCaFile = join(folder, 'ca.pem');
    writeFileSync(databaseCaFile, certificatePem);
    writeSecrets({ out, namespace, databaseCaFile });
    expect(valueOf('cryptoutil-db-ca', 'ca.crt')).toBe(certificatePem);

    writeFileSync(databaseCaFile, 'no certificate');
    const elsewhere = { out: join(folder, 'other'), namespace };
    expect(() => writeSecrets({ ...elsewhere, databaseCaFile })).toThrow('holds no certificate');
    expect(() => writeSecrets({ ...elsewhere, databaseCaFile: join(folder, 'none') })).toThrow('There is no file');
  });
});

describe('cryptoutil kubernetes unseal-shares', () => {
  const shareFile = (share: string): string => {
    const file = join(folder, `file-${share}`);
    writeFileSync(file, `${share}\n`);
    return file;
  };

  test('puts the shares into one secret, numbered as given', () => {
    writeUnsealShares({ out, namespace, shareFile: ['kms1-c', 'kms1-a', 'kms1-b'].map(shareFile) });
    expect([1, 2, 3].map((number) => valueOf('cryptoutil-kms-unseal', `share-${number}`))).toEqual([
      'kms1-c',
      'kms1-a',
      'kms1-b',
    ]);
  });

  test('refuses a share that is given twice, and a file that is missing', () => {
    const file = shareFile('kms1-a');
    expect(() => writeUnsealShares({ out, namespace, shareFile: [file, file] })).toThrow('twice');
    expect(() => writeUnsealShares({ out, namespace, shareFile: [join(folder, 'none')] })).toThrow('cannot be read');
  });
});
