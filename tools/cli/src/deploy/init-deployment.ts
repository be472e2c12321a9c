import { chmodSync, chownSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { randomToken } from '@cryptoutil/crypto';
import { keyFiles, makeBackupKeys } from '../backup/sets/backup-keys.js';
import { CommandFailure } from '../command-failure.js';
import { ensurePrivateFolder, writePrivateFile } from '../home/private-file.js';
import { serviceNames, type ServiceName } from '../services/services.js';
import { authorityFile, CERTIFICATE_DAYS, initAuthority, issue } from '../trust/certificate-files.js';
import { colours } from './colours.js';
import { imageSetting, portSetting, writeDeploymentSettings } from './deployment-settings.js';
import { deploymentPlace, existingState, type DeploymentPlace } from './place.js';

/** How a deployment is to be. */
export interface InitOptions {
  readonly folder?: string;
  /** The name by which browsers and clients reach it. */
  readonly host: string;
  readonly image: string;
  readonly ports: Readonly<Record<ServiceName, number>>;
  /** Published port of Auth Service v1.0, a second listener of authz. */
  readonly authServicePort: number;
  /** Whether the collector and the dashboards run beside it. */
  readonly telemetry: boolean;
  /** Address of the host that the ports are published at. */
  readonly bind: string;
  /** File with the public key that backups are sealed for; without it a pair is made, and the private key lies on this host at first. */
  readonly backupRecipient?: string;
}

/** The user of the image, for a deployment that root makes. */
const IMAGE_USER = { uid: 1000, gid: 1000 };

/** One secret a file, 256 random bits each. */
const SECRETS = [
  'postgres/password',
  ...serviceNames.map((name) => `${name}/database-password`),
  'authz/token-hash-key',
  'authz/cookie-key',
  'authz/auth-service-jwt-secret',
  'idp/session-key',
];

/**
 * Makes everything compose.yml reads: settings, secrets, the internal authority with a certificate for each identity, and the folders
 * for data and unseal shares. Throws a `CommandFailure` when any of it is there already; nothing is replaced.
 */
export async function initDeployment(options: InitOptions): Promise<void> {
  const place = deploymentPlace(options.folder);
  requireHost(options.host);
  const existing = existingState(place);
  if (existing.length > 0) {
    throw new CommandFailure(
      `Nothing was changed: ${existing.map((path) => relative(process.cwd(), path)).join(', ')} exist already, and could be the only copy of keys or data.`,
    );
  }
  const user = process.getuid?.() ? { uid: process.getuid(), gid: process.getgid!() } : IMAGE_USER;
  // First, because it refuses a file that is no public key.
  const { recipient } = await makeBackupKeys(place.backupKeys, options.backupRecipient);
  makeSecrets(place);
  await makeCertificates(place, options.host);
  makeFolders(place);
  writeDeploymentSettings(place, settingsOf(options, user));
  if (process.getuid?.() === 0) giveTo(place, user);
  console.log(
    [
      `Made ${SECRETS.length} secrets, an authority with ${serviceNames.length + 1} certificates and the settings in ${relative(process.cwd(), place.folder)}.`,
      `Authority to trust: ${relative(process.cwd(), authorityFile(place.pki))}   Issuer: https://${options.host}:${options.ports.authz}`,
      `Start it: docker compose -f ${relative(process.cwd(), place.composeFile)} up -d`,
      `The first start writes the unseal shares to ${relative(process.cwd(), place.unseal)}: keep two of the five elsewhere.`,
      options.backupRecipient === undefined
        ? `Backups are sealed for ${relative(process.cwd(), join(place.backupKeys, keyFiles.recipientPrivate))}: move that file to another host, in several copies.`
        : `Backups are sealed for the key ${recipient}: whoever has its private half opens them, and this host does not.`,
    ].join('\n'),
  );
}

/** The services reach each other by this name as well, which is why it must not mean "this container". */
function requireHost(host: string): void {
  const named = /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)+$/.test(host);
  if (named && !/^[\d.]+$/.test(host)) return;
  throw new CommandFailure(
    `--host must be a name with a dot in it, such as id.example.com or cryptoutil.localhost, not "${host}": inside a container, localhost is the container itself.`,
  );
}

function makeSecrets({ secrets }: DeploymentPlace): void {
  ensurePrivateFolder(secrets);
  for (const name of SECRETS) {
    ensurePrivateFolder(join(secrets, name, '..'));
    writePrivateFile(join(secrets, name), `${randomToken()}\n`);
  }
}

/** Each certificate is good for the public name, for the names on Compose's networks, and for health checks from within. */
async function makeCertificates({ pki }: DeploymentPlace, host: string): Promise<void> {
  await initAuthority(pki);
  for (const name of serviceNames) {
    await issue(pki, name, {
      identity: name,
      dnsNames: [host, 'localhost', name, ...colours.map((colour) => `${name}-${colour}`)],
      ipAddresses: ['127.0.0.1', '::1'],
      days: CERTIFICATE_DAYS,
    });
  }
  await issue(pki, 'ops', { identity: 'ops', dnsNames: ['ops'], ipAddresses: [], days: CERTIFICATE_DAYS });
  // It is public, and HAProxy and people read it under other accounts.
  chmodSync(authorityFile(pki), 0o644);
}

function makeFolders({ databaseFolder, kmsFolder, proxyFolder, colourMap, unseal, backups }: DeploymentPlace): void {
  for (const folder of [databaseFolder, kmsFolder, proxyFolder, unseal, backups]) {
    mkdirSync(folder, { recursive: true });
    chmodSync(folder, 0o700);
  }
  writeFileSync(colourMap, 'colour blue\n', { mode: 0o644 });
}

function settingsOf({ host, image, ports, authServicePort, telemetry, bind }: InitOptions, user: typeof IMAGE_USER) {
  return {
    COMPOSE_PROFILES: telemetry ? 'blue,telemetry' : 'blue',
    CRYPTOUTIL_UID: String(user.uid),
    CRYPTOUTIL_GID: String(user.gid),
    CRYPTOUTIL_HOST: host,
    CRYPTOUTIL_BIND: bind,
    CRYPTOUTIL_OTLP_ENDPOINT: telemetry ? 'http://otel-collector:4318' : '',
    ...Object.fromEntries(serviceNames.map((name) => [portSetting(name), String(ports[name])])),
    CRYPTOUTIL_AUTH_SERVICE_PORT: String(authServicePort),
    CRYPTOUTIL_IMAGE: image,
    ...Object.fromEntries(colours.map((colour) => [imageSetting(colour), image])),
  };
}

/** Files that root has made would be closed to the user the containers run as. */
function giveTo(place: DeploymentPlace, { uid, gid }: typeof IMAGE_USER): void {
  const visit = (path: string): void => {
    chownSync(path, uid, gid);
    if (statSync(path).isDirectory()) for (const name of readdirSync(path)) visit(join(path, name));
  };
  for (const path of [place.secrets, place.pki, place.unseal, place.backups, place.backupKeys]) visit(path);
  for (const path of [place.databaseFolder, place.kmsFolder, place.proxyFolder]) visit(path);
}
