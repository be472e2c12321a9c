import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { keyFiles } from '../backup/sets/backup-keys.js';
import { CommandFailure } from '../command-failure.js';
import type { Deployment } from './deployment.js';

/** Makes an encrypted set of the four databases in the deployment's folder of backups. Resolves to what the command said about it. */
export async function backUp({ place, compose }: Deployment): Promise<string> {
  for (const name of [keyFiles.recipientPublic, keyFiles.signerPrivate]) {
    if (existsSync(join(place.backupKeys, name))) continue;
    throw new CommandFailure(
      `There is no ${join(place.backupKeys, name)}: make keys with "cryptoutil backup keygen" on another host and put it here, or say --no-backup.`,
    );
  }
  const output = await compose.run('run', '--rm', '--no-deps', '-T', 'backup', 'create');
  return output.trim().split('\n').at(-1) ?? '';
}
