import { existsSync, rmSync } from 'node:fs';
import { CommandFailure } from '../../command-failure.js';
import { ensureHome, type Home } from '../../home/home.js';
import { readTextIfPresent } from '../../home/private-file.js';
import { RunLock, runningSuite } from '../../home/run-lock.js';
import { choosePorts } from '../../suite/suite-options.js';
import { startSuiteDatabase } from '../../suite/suite-database.js';
import { SuiteSecrets } from '../../suite/suite-secrets.js';
import { suiteConnections, type SuiteConnections } from './connections.js';

/**
 * Starts the PostgreSQL of a home alone, for work that must meet no service, and stops it afterwards. A data folder that is gone is made
 * anew, with empty databases. Throws a `CommandFailure` while the suite runs.
 */
export async function withHomeDatabase<T>(home: Home, work: (connections: SuiteConnections) => Promise<T>): Promise<T> {
  const running = runningSuite(home);
  if (running) {
    throw new CommandFailure(`The suite of ${home.folder} runs (process ${running.pid}): stop it first.`);
  }
  ensureHome(home);
  const lock = await RunLock.acquire(home);
  try {
    forgetLostFolder(home);
    const { server } = await startSuiteDatabase({
      home,
      ports: await choosePorts({ authz: 0, idp: 0, rs: 0, kms: 0 }),
      secrets: new SuiteSecrets(home),
    });
    try {
      const result = await work(suiteConnections(home));
      // What the next start believes it has already put into the databases is no longer so; and that the database of the kms is older than
      // it remembers is what was asked for.
      for (const file of [home.appliedFile, home.kmsAnchor]) rmSync(file, { force: true });
      return result;
    } finally {
      await server.stop();
    }
  } finally {
    lock.release();
  }
}

/** A start refuses to replace data that was there and is gone; who restores has decided that. */
function forgetLostFolder(home: Home): void {
  const remembered = readTextIfPresent(home.postgresPlaceFile);
  if (remembered === undefined) return;
  if (!existsSync((JSON.parse(remembered) as { folder: string }).folder)) rmSync(home.postgresPlaceFile);
}
