import { join } from 'node:path';
import { kmsPosition } from '@cryptoutil/kms';
import type { ServiceName } from '../services/services.js';
import type { Progress } from '../terminal/progress.js';
import type { SuiteConnections } from './database/connections.js';
import { DatabaseSnapshot } from './database/snapshot.js';
import { dumpFolder } from './folders.js';
import { writeSealedFile, type SealedFile } from './sealing/sealed-file.js';
import type { Recipient } from './sealing/sealed-stream.js';
import { makeSet, newSetId } from './sets/backup-folder.js';
import type { Signer } from './sets/backup-keys.js';
import { sealManifest, type ManifestDetails } from './sets/manifest.js';
import { productVersion } from './product-version.js';

/** What a new set is made from. */
export interface CreateOptions {
  readonly folder: string;
  readonly connections: SuiteConnections;
  readonly recipient: Recipient;
  readonly signer: Signer;
  /** Folders whose files go along, by the name they get in the set. */
  readonly include?: Readonly<Record<string, string>>;
  readonly now?: Date;
}

/** A set that was made. */
export interface CreatedSet {
  readonly id: string;
  readonly path: string;
  readonly bytes: number;
  readonly rows: number;
}

/**
 * The order in which snapshots are taken: each database after those that refer to it, the kms last. What a row of an earlier snapshot
 * names in another database was written there before, so the later snapshot has it: above all, every ciphertext finds its key.
 */
export const SNAPSHOT_ORDER: readonly ServiceName[] = ['rs', 'authz', 'idp', 'kms'];

/**
 * Dumps the four databases into one set, as the services go on. The plaintext never touches the disk. Throws a `CommandFailure` when a
 * database cannot be read; then there is no set.
 */
export async function createBackup(options: CreateOptions, { step }: Progress): Promise<CreatedSet> {
  const { folder, recipient, signer } = options;
  const now = options.now ?? new Date();
  const id = newSetId(now);
  const snapshots: DatabaseSnapshot[] = [];
  try {
    const point = now.toISOString();
    await step('snapshots taken', () => takeSnapshots(snapshots, options.connections));
    const details: ManifestDetails = { databases: [], kms: await positionOf(snapshots), folders: [] };
    const files: SealedFile[] = [];
    const { path } = await makeSet(folder, id, async (draft) => {
      const write = async (name: string, source: AsyncIterable<Buffer>): Promise<void> => {
        const file = `${name}.sealed`;
        files.push({ name: file, ...(await writeSealedFile(join(draft, file), source, recipient, placeOf(id, file))) });
      };
      await allOf(
        snapshots.map((snapshot) =>
          step(`${snapshot.service} dumped`, () =>
            write(
              snapshot.service,
              remembering(snapshot.dump(), (database) => details.databases.push(database)),
            ),
          ),
        ),
      );
      for (const [name, source] of Object.entries(options.include ?? {})) {
        await step(`${name} taken along`, () =>
          write(
            name,
            remembering(dumpFolder(source), (count) => details.folders.push({ name, files: count })),
          ),
        );
      }
      const finished_at = new Date().toISOString();
      files.sort((a, b) => a.name.localeCompare(b.name));
      return sealManifest({ id, point, finished_at, ...productVersion(), files }, details, recipient, signer);
    });
    const rows = details.databases.flatMap(({ tables }) => tables).reduce((sum, table) => sum + table.rows, 0);
    return { id, path, bytes: files.reduce((sum, file) => sum + file.bytes, 0), rows };
  } finally {
    await Promise.all(snapshots.map((snapshot) => snapshot.release()));
  }
}

/** What a sealed file is bound to. */
export const placeOf = (id: string, file: string): string => `${id}/${file}`;

async function takeSnapshots(snapshots: DatabaseSnapshot[], connections: SuiteConnections): Promise<void> {
  for (const service of SNAPSHOT_ORDER) snapshots.push(await DatabaseSnapshot.take(service, connections[service]));
}

function positionOf(snapshots: readonly DatabaseSnapshot[]): Promise<ManifestDetails['kms']> {
  const kms = snapshots.find(({ service }) => service === 'kms')!;
  return kmsPosition((text) => kms.query(text));
}

/** Passes a generator on and remembers what it returned. */
async function* remembering<T>(
  source: AsyncGenerator<Buffer, T>,
  remember: (value: T) => void,
): AsyncGenerator<Buffer> {
  remember(yield* source);
}

/** Waits for all, also after one has failed: nobody may still write into a folder that is being removed. */
async function allOf(work: readonly Promise<void>[]): Promise<void> {
  const failed = (await Promise.allSettled(work)).find(({ status }) => status === 'rejected');
  if (failed) throw (failed as PromiseRejectedResult).reason;
}
