import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { sha256Stream } from '@cryptoutil/crypto';
import { CommandFailure } from '../command-failure.js';
import type { Progress } from '../terminal/progress.js';
import { placeOf } from './create-backup.js';
import type { SuiteConnections } from './database/connections.js';
import { restoreDatabase, type RestoredDatabase } from './database/restore-database.js';
import { readSealedFile } from './sealing/sealed-file.js';
import type { Recipient } from './sealing/sealed-stream.js';
import { openSet, setFolder } from './sets/backup-folder.js';
import type { Signer } from './sets/backup-keys.js';
import { readDetails, type Manifest, type ManifestDetails } from './sets/manifest.js';

/** Which set, and the keys that prove and open it. */
export interface SetAccess {
  readonly folder: string;
  /** Default: the newest. */
  readonly id?: string | undefined;
  readonly recipient: Recipient;
  readonly signer: Signer;
}

/** A set whose manifest is proved and whose files are those it names. */
export interface OpenedSet {
  readonly id: string;
  readonly path: string;
  readonly manifest: Manifest;
  readonly details: ManifestDetails;
  readonly recipient: Recipient;
}

/** Proves the manifest, opens its details, and hashes every file. Throws a `CommandFailure` that names what is wrong. */
export async function openVerifiedSet({ folder, id: wanted, recipient, signer }: SetAccess): Promise<OpenedSet> {
  const { id, path } = setFolder(folder, wanted);
  const manifest = await openSet(folder, id, signer);
  const details = await readDetails(manifest, recipient);
  for (const { name, sha256 } of manifest.files) {
    const hash = sha256Stream();
    for await (const part of createReadStream(join(path, name))) hash.update(part as Buffer);
    if (hash.digest().toString('hex') !== sha256) {
      throw new CommandFailure(`${name} in ${path} was changed: its hash is not that of the manifest.`);
    }
  }
  return { id, path, manifest, details, recipient };
}

/** The content of one file of a set. */
export function contentOf({ id, path, recipient }: OpenedSet, name: string): AsyncIterable<Buffer> {
  const file = `${name}.sealed`;
  return readSealedFile(join(path, file), recipient, placeOf(id, file));
}

/** Restores each database of a set into a new schema beside what is there. */
export async function restoreInto(
  set: OpenedSet,
  connections: SuiteConnections,
  schema: string,
  { step }: Progress,
): Promise<RestoredDatabase[]> {
  const restored: RestoredDatabase[] = [];
  for (const details of set.details.databases) {
    const { service } = details;
    const work = () => restoreDatabase(connections[service], details, contentOf(set, service), schema);
    restored.push(await step(`${service} restored`, work));
  }
  return restored;
}
