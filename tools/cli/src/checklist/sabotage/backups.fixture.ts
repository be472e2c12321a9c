import { join } from 'node:path';
import { createBackup } from '../../backup/create-backup.js';
import { suiteConnections } from '../../backup/database/connections.js';
import {
  keyFiles,
  makeBackupKeys,
  readRecipientPrivate,
  readRecipientPublic,
  readSignerPrivate,
  readSignerPublic,
} from '../../backup/sets/backup-keys.js';
import { verifyBackup } from '../../backup/verify-backup.js';
import type { Home } from '../../home/home.js';
import { readShareFiles } from '../../kms-admin/shares.js';
import { silentProgress } from '../../terminal/progress.js';

/** Keys in a home, and what makes and verifies sets of its suite with them. */
export async function realBackups(home: Home, shareFiles: readonly string[]) {
  const [keys, folder] = [join(home.folder, 'backup-keys'), join(home.folder, 'backups')];
  await makeBackupKeys(keys);
  const key = (name: keyof typeof keyFiles) => join(keys, keyFiles[name]);
  return {
    make: (now?: Date) =>
      createBackup(
        {
          ...{ folder, connections: suiteConnections(home), now },
          ...{
            recipient: readRecipientPublic(key('recipientPublic')),
            signer: readSignerPrivate(key('signerPrivate')),
          },
        },
        silentProgress,
      ),
    verify: () =>
      verifyBackup(
        {
          ...{ folder, id: undefined, shares: readShareFiles(shareFiles.slice(0, 3)) },
          ...{
            recipient: readRecipientPrivate(key('recipientPrivate')),
            signer: readSignerPublic(key('signerPublic')),
          },
        },
        silentProgress,
      ),
  };
}
