import { join } from 'node:path';
import { otherColour, type Colour } from '../../deploy/colours.js';
import {
  activeColour,
  imageSetting,
  publishedPorts,
  readDeploymentSettings,
} from '../../deploy/deployment-settings.js';
import { colouredService, DockerCompose } from '../../deploy/docker-compose.js';
import { Haproxy } from '../../deploy/haproxy.js';
import { deploymentPlace } from '../../deploy/place.js';
import { shareFile } from '../../kms-admin/shares.js';
import { AUTH_SERVICE_PORT, serviceNames, services, type ServiceName } from '../../services/services.js';
import { SHARES } from '../../suite/unseal-suite.js';
import { authorityFile, certificateFiles } from '../../trust/certificate-files.js';
import { backupList } from './backup-list.js';
import { composeProcesses, containersOf, dockerUsage } from './docker-containers.js';
import { filesIn } from './files-in.js';
import { linesOf } from './read-lines.js';
import { rowsSql, parseRows } from './psql-rows.js';
import { outputOf, runCommand } from './run-command.js';
import { settingsOf } from './settings-of.js';
import type { Subject } from './subject.js';

/** How far back the logs are read. */
const SINCE = '24h';

/** A deployment with Docker Compose: its active colour. Throws a `CommandFailure` when there is none in the folder. */
export function composeSubject(options: {
  folder?: string;
  connectTo?: string;
  backupFolder?: string;
  backupKeys?: string;
}): Subject {
  const place = deploymentPlace(options.folder);
  const settings = readDeploymentSettings(place);
  const compose = new DockerCompose(place);
  const host = settings.CRYPTOUTIL_HOST ?? 'localhost';
  const ports = publishedPorts(settings);
  const colour = (): Promise<Colour> =>
    new Haproxy(place).colour().catch(() => activeColour(readDeploymentSettings(place)));
  const processes = async () => composeProcesses(await containersOf(compose), await colour());
  const url = (port: number): string => `https://${host}:${port}`;
  const urls = {
    ...(Object.fromEntries(serviceNames.map((name) => [name, url(ports[name])])) as Record<ServiceName, string>),
    authService: url(Number(settings.CRYPTOUTIL_AUTH_SERVICE_PORT ?? AUTH_SERVICE_PORT)),
  };
  const exec = async (service: string, args: readonly string[]) =>
    runCommand('docker', [
      'compose',
      '-f',
      place.composeFile,
      '--profile',
      await colour(),
      'exec',
      '-T',
      service,
      ...args,
    ]);
  return {
    target: 'compose',
    place: `Compose deployment of ${host} in ${place.folder}`,
    urls,
    identifiers: urls,
    trust: { caFile: authorityFile(place.pki), ...certificateFiles(place.pki, 'ops') },
    connectTo: options.connectTo ?? publishedAddress(settings.CRYPTOUTIL_BIND),
    records: join(place.folder, 'records'),
    certificates: [...serviceNames, 'ops'].map((name) => ({ name, ...certificateFiles(place.pki, name) })),
    secretFiles: [
      ...filesIn(place.secrets),
      ...filesIn(place.unseal),
      ...filesIn(place.pki).filter((file) => file.endsWith('.key')),
    ],
    shareFiles: Array.from({ length: SHARES }, (_, index) => shareFile(place.unseal, index + 1)),
    jwtSecretFile: join(place.secrets, 'authz/auth-service-jwt-secret'),
    platform: async () => {
      const version = await outputOf('docker', ['version', '--format', '{{.Server.Version}}']);
      const plugin = await outputOf('docker', ['compose', 'version', '--short']);
      return `Docker Engine ${version.trim()}, Compose ${plugin.trim()}`;
    },
    processes,
    usage: async () => dockerUsage(await containersOf(compose), await colour()),
    logs: async function* () {
      for (const name of serviceNames) {
        const service = colouredService(name, await colour());
        const child = compose.start(['logs', '--no-log-prefix', '--no-color', '--since', SINCE, service]);
        child.on('error', () => undefined);
        child.stderr.resume();
        yield* linesOf(child.stdout, service);
      }
    },
    logFiles: () => [],
    query: async (service, sql) => {
      const database = services[service].database;
      const psql = ['psql', '-U', 'postgres', '-d', database, '-v', 'ON_ERROR_STOP=1', '-qAt', ...rowsSql(sql)];
      return parseRows(await exec('postgres', psql));
    },
    cryptoutil: async (service, args) => exec(colouredService(service, await colour()), ['cryptoutil', ...args]),
    backupList: () =>
      backupList({ folder: options.backupFolder ?? place.backups, keys: options.backupKeys ?? place.backupKeys }),
    configuration: async () => ({ ...named('.env', readDeploymentSettings(place)), ...settingsOf(await processes()) }),
    previous: async () => {
      const image = readDeploymentSettings(place)[imageSetting(otherColour(await colour()))];
      if (image === undefined) return undefined;
      const { code } = await runCommand('docker', ['image', 'inspect', '--format', '{{.Id}}', image]);
      return code === 0 ? `the image ${image} of the idle colour is on this host` : undefined;
    },
  };
}

/** Where this host reaches a port that is published at an address; everywhere means here as well. */
const publishedAddress = (bind = '127.0.0.1'): string => (bind === '0.0.0.0' ? '127.0.0.1' : bind);

const named = (prefix: string, values: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [`${prefix} ${name}`, value]));
