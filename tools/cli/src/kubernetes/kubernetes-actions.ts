import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { X509Certificate } from '@cryptoutil/crypto';
import { CommandFailure } from '../command-failure.js';
import { writePrivateFile } from '../home/private-file.js';
import { readShareFiles } from '../kms-admin/shares.js';
import { secretManifest, type SecretManifest } from './secret-manifest.js';
import { suiteSecrets } from './suite-secrets.js';

export interface SecretsOptions {
  readonly out: string;
  readonly namespace: string;
  readonly databaseCaFile?: string;
}

/** What `cryptoutil kubernetes secrets` does. Writes nothing at all when one of the files is there already. */
export function writeSecrets({ out, namespace, databaseCaFile }: SecretsOptions): void {
  const authority: SecretManifest[] = databaseCaFile
    ? [{ name: 'cryptoutil-db-ca', namespace, files: { 'ca.crt': readAuthority(databaseCaFile) } }]
    : [];
  writeManifests(out, [...suiteSecrets(namespace), ...authority]);
}

export interface UnsealSharesOptions {
  readonly out: string;
  readonly namespace: string;
  readonly shareFile: readonly string[];
}

/** What `cryptoutil kubernetes unseal-shares` does: one Secret with the shares as files `share-1`, `share-2`, … */
export function writeUnsealShares({ out, namespace, shareFile }: UnsealSharesOptions): void {
  const shares = readShareFiles(shareFile);
  if (new Set(shares).size < shares.length) throw new CommandFailure('A share is given twice.');
  const files = Object.fromEntries(shares.map((share, index) => [`share-${index + 1}`, share]));
  writeManifests(out, [{ name: 'cryptoutil-kms-unseal', namespace, files }]);
}

function writeManifests(folder: string, secrets: readonly SecretManifest[]): void {
  const files = secrets.map((secret) => ({ secret, file: join(folder, `${secret.name}.yaml`) }));
  const present = files.find(({ file }) => existsSync(file));
  if (present) {
    throw new CommandFailure(
      `${present.file} is there already: new secrets would lock out what runs with the old ones.`,
    );
  }
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  for (const { secret, file } of files) {
    writePrivateFile(file, secretManifest(secret));
    console.log(file);
  }
}

function readAuthority(file: string): string {
  try {
    const text = readFileSync(file, 'utf8');
    new X509Certificate(text);
    return text;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new CommandFailure(code === 'ENOENT' ? `There is no file ${file}.` : `${file} holds no certificate (PEM).`);
  }
}
