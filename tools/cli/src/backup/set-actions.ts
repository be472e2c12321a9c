import { formatStatus } from './backup-status.js';
import { prune, type Retention } from './retention.js';
import { backupFolder, signerFile, statusOf, type PlaceOptions } from './set-place.js';
import { keyFiles, makeBackupKeys, readSignerPublic } from './sets/backup-keys.js';

export async function keygenAction({ out }: { out: string }): Promise<void> {
  const { recipient, signer } = await makeBackupKeys(out);
  console.log(
    [
      `Made two key pairs in ${out}: recipient ${recipient}, signer ${signer}.`,
      `On the host that makes backups:  ${keyFiles.recipientPublic}, ${keyFiles.signerPrivate}`,
      `Where backups are verified and restored, in several copies:  ${keyFiles.recipientPrivate}, ${keyFiles.signerPublic}`,
      `Whoever has ${keyFiles.recipientPrivate} reads every backup; without it nobody does, not even you.`,
    ].join('\n'),
  );
}

export async function pruneAction(options: PlaceOptions & Retention): Promise<void> {
  const signer = readSignerPublic(signerFile(options));
  const gone = await prune(backupFolder(options), signer, options);
  console.log(gone.length === 0 ? 'Nothing to remove.' : `Removed:\n${gone.join('\n')}`);
}

/** Exit code 3: there is no good set. */
export async function listAction(options: PlaceOptions & { json?: boolean }): Promise<number> {
  const status = await statusOf(options)();
  console.log(options.json ? JSON.stringify(status, undefined, 2) : formatStatus(status));
  return status.last_good_age_seconds === null ? 3 : 0;
}
