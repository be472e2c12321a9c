import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { homeAt, homeFolder } from '../home/home.js';
import { backupStatus } from './backup-status.js';
import { keyFiles, readSignerPublic } from './sets/backup-keys.js';

/** Where sets and keys are; by default in the home of the suite. */
export interface PlaceOptions {
  readonly folder?: string;
  readonly keys?: string;
}

/** The folder of the sets. */
export const backupFolder = ({ folder }: PlaceOptions): string =>
  folder ?? join(homeAt(homeFolder()).folder, 'backups');
const keyFolder = ({ keys }: PlaceOptions): string => keys ?? join(homeAt(homeFolder()).folder, 'backup-keys');
/** A file of the keys. */
export const keyFile = (options: PlaceOptions, name: keyof typeof keyFiles): string =>
  join(keyFolder(options), keyFiles[name]);

/** Either half of the signer verifies a manifest. */
export function signerFile(options: PlaceOptions): string {
  const publicFile = keyFile(options, 'signerPublic');
  return existsSync(publicFile) ? publicFile : keyFile(options, 'signerPrivate');
}

/** What `backup list` tells of the sets. */
export const statusOf = (options: PlaceOptions) => () =>
  backupStatus(backupFolder(options), readSignerPublic(signerFile(options)));
