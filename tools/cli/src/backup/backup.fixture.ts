import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { temporaryDatabase, type TemporaryDatabase } from '@cryptoutil/testing';
import { migrationsOfService } from '../services/migrate-services.js';
import { serviceNames, type ServiceName } from '../services/services.js';
import { silentProgress } from '../terminal/progress.js';
import { createBackup, type CreateOptions } from './create-backup.js';
import type { SuiteConnections } from './database/connections.js';
import { restoreBackup, type RestoreOptions } from './restore-backup.js';
import {
  keyFiles,
  makeBackupKeys,
  readRecipientPrivate,
  readRecipientPublic,
  readSignerPrivate,
  readSignerPublic,
} from './sets/backup-keys.js';

export type Databases = Record<ServiceName, TemporaryDatabase>;

/** Text that a dump could take for something else. */
export const ODD = ['', '\\N', '\\.', 'tab\tand\nline\r', 'quote \' \\ "', 'ÿ €  🗝', 'x'.repeat(300_000)];

/** A database of each service, empty or with its schema. */
export async function databases(migrated: boolean): Promise<Databases> {
  const found = await Promise.all(
    serviceNames.map(async (name) => [
      name,
      await temporaryDatabase(migrated ? { migrations: await migrationsOfService(name) } : {}),
    ]),
  );
  return Object.fromEntries(found) as Databases;
}
export const connectionsOf = (all: Databases): SuiteConnections =>
  Object.fromEntries(serviceNames.map((name) => [name, all[name].settings])) as unknown as SuiteConnections;
export const dropAll = (all: Databases) => Promise.all(serviceNames.map((name) => all[name].drop()));

/** Databases with rows in them, and keys to back them up with. */
export async function filledDatabases(): Promise<{ keys: string; source: Databases }> {
  const keys = join(mkdtempSync(join(tmpdir(), 'cryptoutil-keys-')), 'keys');
  await makeBackupKeys(keys);
  const source = await databases(true);
  for (const [at, text] of ODD.entries()) {
    await source.rs.sql(
      `INSERT INTO protected_resource VALUES (gen_random_uuid(), $1, $2, $3, 'x', '2026-01-01 00:00:00.123456Z')`,
      [`owner ${at}`, text, at % 2 === 0 ? null : text],
    );
  }
  return { keys, source };
}

/** What is done with the sets of a folder. */
export function backupCalls(given: () => { folder: string; keys: string; source: Databases }) {
  const sets = () => join(given().folder, 'sets');
  const signer = () => readSignerPublic(join(given().keys, keyFiles.signerPublic));
  const create = (options: Partial<CreateOptions> = {}) =>
    createBackup(
      {
        folder: sets(),
        connections: connectionsOf(given().source),
        recipient: readRecipientPublic(join(given().keys, keyFiles.recipientPublic)),
        signer: readSignerPrivate(join(given().keys, keyFiles.signerPrivate)),
        ...options,
      },
      silentProgress,
    );
  const access = () => ({
    folder: sets(),
    recipient: readRecipientPrivate(join(given().keys, keyFiles.recipientPrivate)),
    signer: signer(),
  });
  const restore = (target: Databases, options: Partial<RestoreOptions> = {}) =>
    restoreBackup({ ...access(), connections: connectionsOf(target), ...options }, silentProgress);
  const notes = (all: Databases) =>
    all.rs.sql('SELECT id, owner, name, description FROM protected_resource ORDER BY owner');

  return { sets, signer, create, access, restore, notes };
}
