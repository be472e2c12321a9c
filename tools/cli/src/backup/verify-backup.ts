import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomToken, Secret } from '@cryptoutil/crypto';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '@cryptoutil/database/embedded';
import { migrate } from '@cryptoutil/database';
import { openEveryRow } from '@cryptoutil/kms';
import { Client } from 'pg';
import { CommandFailure } from '../command-failure.js';
import { createDatabases } from '../postgres/create-databases.js';
import { migrationsOfService } from '../services/migrate-services.js';
import { serviceNames, services } from '../services/services.js';
import type { Progress } from '../terminal/progress.js';
import { requireKeysOfCiphertexts } from './ciphertexts.js';
import { SCHEMA } from './database/snapshot.js';
import { takePlace, type RestoredDatabase } from './database/restore-database.js';
import { connect, type SuiteConnections } from './database/connections.js';
import { openVerifiedSet, restoreInto, type OpenedSet, type SetAccess } from './restore-set.js';
import { writeVerification, type VerificationRecord } from './sets/verification.js';
import { productVersion } from './product-version.js';

/** What a verification proved. */
export interface VerifiedSet {
  readonly id: string;
  readonly restored: readonly RestoredDatabase[];
  readonly kms: VerificationRecord['kms'];
  readonly seconds: number;
}

/**
 * Restores a set into a PostgreSQL server of its own that is thrown away afterwards, compares every count with the manifest, and, with
 * shares, opens every row of the kms, walks its audit chain and looks that each ciphertext of the other databases has its key. What it
 * proved is written into the folder of the set. Throws a `CommandFailure` when anything is not as it should be.
 */
export async function verifyBackup(
  access: SetAccess & { readonly shares?: readonly string[] | undefined },
  progress: Progress,
): Promise<VerifiedSet> {
  const begun = performance.now();
  const set = await progress.step('manifest and checksums', () => openVerifiedSet(access));
  const scratch = await progress.step('scratch server started', startScratch);
  try {
    const staging = 'cryptoutil_restoring';
    const restored = await restoreInto(set, scratch.connections, staging, progress);
    for (const service of serviceNames) {
      const client = await connect(scratch.connections[service]);
      await takePlace(client, staging, `${SCHEMA}_before`).finally(() => client.end());
    }
    await progress.step('schemas brought to this version', async () => {
      for (const service of serviceNames)
        await migrate(scratch.connections[service], { migrations: await migrationsOfService(service) });
    });
    const { shares } = access;
    const kms = shares && (await progress.step('every row of the kms opened', () => openKms(set, scratch, shares)));
    const seconds = Math.round((performance.now() - begun) / 100) / 10;
    writeVerification(set.path, {
      set: set.id,
      verified_at: new Date().toISOString(),
      version: productVersion().version,
      seconds,
      restored: restored.map(({ service, tables, rows, shapeDiffers }) => ({
        ...{ service, tables, rows },
        shape_differs: shapeDiffers.length > 0,
      })),
      ...(kms && { kms }),
    });
    return { id: set.id, restored, kms, seconds };
  } finally {
    await scratch.remove();
  }
}

interface Scratch {
  readonly connections: SuiteConnections;
  remove(): Promise<void>;
}

async function openKms(set: OpenedSet, { connections }: Scratch, shares: readonly string[]) {
  try {
    const { opened, kids, auditEvents } = await openEveryRow(connections.kms, shares);
    const head = set.details.kms.audit_head;
    if (head.seq !== auditEvents) {
      throw new CommandFailure(`The audit chain ends at event ${auditEvents}; the manifest says ${head.seq}.`);
    }
    const ciphertexts = await requireKeysOfCiphertexts(connections, kids);
    return { opened, audit_events: auditEvents, ciphertexts };
  } catch (error) {
    // The messages of the kms about shares and rows are made for people.
    if (!['NotOpened', 'KmsError'].includes((error as Error).name)) throw error;
    throw new CommandFailure(`The backup ${set.id} did not pass: ${(error as Error).message}`);
  }
}

async function startScratch(): Promise<Scratch> {
  const parent = mkdtempSync(join(tmpdir(), 'cryptoutil-verify-'));
  chmodSync(parent, 0o711);
  let server: EmbeddedPostgres | undefined;
  const remove = async (): Promise<void> => {
    await server?.stop();
    rmSync(parent, { recursive: true, force: true });
  };
  try {
    server = await startEmbeddedPostgres({ directory: join(parent, 'data'), password: randomToken(), durable: false });
    const { host, port, user, password } = server;
    const wanted = serviceNames.map((name) => ({ name: services[name].database, password: randomToken() }));
    const client = new Client({ host, port, user, password, database: 'postgres' });
    await client.connect();
    await createDatabases(client, wanted).finally(() => client.end());
    const connections = Object.fromEntries(
      serviceNames.map((service, at) => [
        service,
        {
          ...{ host, port, name: wanted[at]!.name, user: wanted[at]!.name, poolSize: 1, connectTimeoutMs: 5_000 },
          password: Secret.fromText(wanted[at]!.password),
        },
      ]),
    ) as unknown as SuiteConnections;
    return { connections, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}
