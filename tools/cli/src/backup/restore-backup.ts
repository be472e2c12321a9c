import type { Client } from 'pg';
import { CommandFailure } from '../command-failure.js';
import { services, type ServiceName } from '../services/services.js';
import type { Progress } from '../terminal/progress.js';
import { SNAPSHOT_ORDER } from './create-backup.js';
import { connect, reasonOf, type SuiteConnections } from './database/connections.js';
import { isEmpty, otherSessions, takePlace, type RestoredDatabase } from './database/restore-database.js';
import { writeFolder } from './folders.js';
import { contentOf, openVerifiedSet, restoreInto, type SetAccess } from './restore-set.js';

/** How a set is put back. */
export interface RestoreOptions extends SetAccess {
  readonly connections: SuiteConnections;
  /** Asked only when there is something in the way: must resolve to the id of the set for what is there to be put aside. */
  readonly confirm?: ((question: string) => Promise<string | undefined>) | undefined;
  /** Folders of the set to write, by name, and where to. */
  readonly folders?: Readonly<Record<string, string>> | undefined;
}

/** What was put back, and where the former content is. */
export interface RestoredSet {
  readonly id: string;
  readonly point: string;
  readonly restored: readonly RestoredDatabase[];
  /** Schema in each database with what was there before; undefined when there was nothing. */
  readonly aside: string | undefined;
}

/**
 * Puts a set back into the databases. Everything is restored and counted beside what is there, and changes places with it only at the end;
 * what was there is kept under another name. Refuses databases that hold something, unless it is confirmed by the id of the set, and
 * databases that somebody is connected to.
 */
export async function restoreBackup(options: RestoreOptions, progress: Progress): Promise<RestoredSet> {
  const { connections } = options;
  const set = await progress.step('manifest and checksums', () => openVerifiedSet(options));
  const suffix = set.id.slice(-8);
  const [staging, aside] = [`restoring_${suffix}`, `before_${suffix}_${stamp()}`];
  const clients = new Map<ServiceName, Client>();
  try {
    for (const service of SNAPSHOT_ORDER) clients.set(service, await connect(connections[service]));
    const occupied = await findOccupied(clients);
    if (occupied.length > 0) await requireConfirmation(set.id, occupied, aside, options.confirm);
    await requireNobodyConnected(clients);
    await removeStaging(clients, staging);
    const restored = await restoreInto(set, connections, staging, progress);
    for (const [name, folder] of Object.entries(options.folders ?? {})) {
      if (!set.details.folders.some((one) => one.name === name))
        throw new CommandFailure(`The set ${set.id} holds no folder ${name}.`);
      await progress.step(`${name} written to ${folder}`, () => writeFolder(contentOf(set, name), folder));
    }
    await requireNobodyConnected(clients);
    await progress.step('put in place', async () => {
      for (const client of clients.values()) await takePlace(client, staging, aside);
    });
    return { id: set.id, point: set.manifest.point, restored, aside: occupied.length > 0 ? aside : undefined };
  } catch (error) {
    if (error instanceof CommandFailure) throw error;
    throw new CommandFailure(`The set was not restored: ${reasonOf(error)}`);
  } finally {
    await Promise.all([...clients.values()].map((client) => client.end().catch(() => undefined)));
  }
}

const stamp = (): string => new Date().toISOString().slice(0, 19).replaceAll(/[-:T]/g, '');

async function findOccupied(clients: ReadonlyMap<ServiceName, Client>): Promise<ServiceName[]> {
  const occupied: ServiceName[] = [];
  for (const [service, client] of clients) if (!(await isEmpty(client))) occupied.push(service);
  return occupied;
}

async function requireConfirmation(
  id: string,
  occupied: readonly ServiceName[],
  aside: string,
  confirm: RestoreOptions['confirm'],
): Promise<void> {
  const names = occupied.map((service) => services[service].database).join(', ');
  if (!confirm) {
    throw new CommandFailure(
      `${names} hold something. Nothing was changed. With --replace it is put aside (renamed to the schema ${aside}), not deleted.`,
    );
  }
  const answer = await confirm(
    `${names} hold something; it will be renamed to the schema ${aside}, and ${id} takes its place. Type ${id} to go on: `,
  );
  if (answer?.trim() !== id) throw new CommandFailure('Not confirmed: nothing was changed.');
}

async function requireNobodyConnected(clients: ReadonlyMap<ServiceName, Client>): Promise<void> {
  for (const [service, client] of clients) {
    const others = await otherSessions(client);
    if (others.length > 0) {
      throw new CommandFailure(
        `${others.join(', ')} is connected to ${services[service].database}: stop the services first. Nothing was changed.`,
      );
    }
  }
}

/** What an interrupted run of the same set has left was never in use. */
async function removeStaging(clients: ReadonlyMap<ServiceName, Client>, staging: string): Promise<void> {
  for (const client of clients.values()) await client.query(`DROP SCHEMA IF EXISTS ${staging} CASCADE`);
}
