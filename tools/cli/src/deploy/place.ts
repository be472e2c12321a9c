import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { CommandFailure } from '../command-failure.js';
import { shareFile } from '../kms-admin/shares.js';

/** Where a deployment with Compose lives: the folder of compose.yml, and beside it what `deploy init` makes. */
export interface DeploymentPlace {
  readonly folder: string;
  readonly composeFile: string;
  /** Settings that Compose reads by itself; no secrets. */
  readonly settingsFile: string;
  readonly secrets: string;
  readonly pki: string;
  readonly unseal: string;
  readonly backups: string;
  /** Key files of the backups; the private key that opens them does not belong on this host. */
  readonly backupKeys: string;
  /** PostgreSQL's folder of the host: no command of Docker deletes it. */
  readonly databaseFolder: string;
  /** Where the kms keeps how far its database was, so that an older one is noticed. */
  readonly kmsFolder: string;
  /** The runtime socket and the map that HAProxy reads when it starts. */
  readonly proxyFolder: string;
  readonly proxySocket: string;
  readonly colourMap: string;
}

/** The folder that is looked for when none is named. */
export const DEFAULT_FOLDER = 'deployments/compose';

/** The paths of a deployment. Throws a `CommandFailure` when the folder has no compose.yml. */
export function deploymentPlace(named = DEFAULT_FOLDER): DeploymentPlace {
  const folder = resolve(named);
  const composeFile = join(folder, 'compose.yml');
  if (!existsSync(composeFile)) {
    throw new CommandFailure(
      `There is no ${composeFile}: run this in the root of the checkout, or name the folder with --folder.`,
    );
  }
  const proxyFolder = join(folder, 'data/haproxy');
  return {
    folder,
    composeFile,
    settingsFile: join(folder, '.env'),
    secrets: join(folder, 'secrets'),
    pki: join(folder, 'pki'),
    unseal: join(folder, 'unseal'),
    backups: join(folder, 'backups'),
    backupKeys: join(folder, 'backup-keys'),
    databaseFolder: join(folder, 'data/postgres'),
    kmsFolder: join(folder, 'data/kms'),
    proxyFolder,
    proxySocket: join(proxyFolder, 'admin.sock'),
    colourMap: join(proxyFolder, 'colour.map'),
  };
}

/** What must not be there yet when a deployment is made: each could be the only copy of something. */
export const existingState = (place: DeploymentPlace): string[] =>
  [
    place.settingsFile,
    place.secrets,
    place.backupKeys,
    join(place.pki, 'ca.crt'),
    shareFile(place.unseal, 1),
    place.databaseFolder,
    place.kmsFolder,
    place.colourMap,
  ].filter((path) => existsSync(path));
