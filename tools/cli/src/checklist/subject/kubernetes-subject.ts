import { join, resolve } from 'node:path';
import { clusterNames } from '../../kubernetes/suite-secrets.js';
import { CommandFailure } from '../../command-failure.js';
import { serviceNames, services, type ServiceName } from '../../services/services.js';
import { backupList } from './backup-list.js';
import { linesOf } from './read-lines.js';
import { Kubectl } from './kubectl.js';
import { podProcesses, podUsage } from './pods.js';
import { parseRows, rowsSql } from './psql-rows.js';
import { settingsOf } from './settings-of.js';
import type { Subject } from './subject.js';

const SINCE = '24h';

/** How a cluster is reached. */
export interface ClusterOptions {
  readonly namespace: string;
  readonly ops?: string;
  readonly connectTo?: string;
  readonly kmsUrl?: string;
  readonly backupFolder?: string;
  readonly backupKeys?: string;
}

/** The suite in a cluster, by kubectl. Throws a `CommandFailure` when its settings are not there. */
export async function kubernetesSubject(options: ClusterOptions): Promise<Subject> {
  if (options.ops === undefined) {
    throw new CommandFailure(
      '--ops <folder> is missing: tls.crt, tls.key and ca.crt of the Secret cryptoutil-ops-tls (deployments/kubernetes/README.md).',
      2,
    );
  }
  const kubectl = new Kubectl(options.namespace);
  const ops = resolve(options.ops);
  const settings = await kubectl.settings();
  const publicUrl = (name: ServiceName): string =>
    settings[clusterNames[name]]?.CRYPTOUTIL_PUBLIC_URL ?? `https://${clusterNames[name]}.${options.namespace}.svc`;
  const kms = settings[clusterNames.authz]?.CRYPTOUTIL_KMS_URL ?? publicUrl('kms');
  const processes = async () => podProcesses(await kubectl.pods(), settings);
  return {
    target: 'kubernetes',
    place: `namespace ${options.namespace} of ${await kubectl.context()}`,
    urls: {
      ...(Object.fromEntries(serviceNames.map((name) => [name, publicUrl(name)])) as Record<ServiceName, string>),
      kms: options.kmsUrl ?? kms,
      authService: settings[clusterNames.authz]?.CRYPTOUTIL_AUTH_SERVICE_PUBLIC_URL ?? `${publicUrl('authz')}:8443`,
    },
    identifiers: { authz: publicUrl('authz'), rs: publicUrl('rs'), kms },
    trust: { caFile: join(ops, 'ca.crt'), certFile: join(ops, 'tls.crt'), keyFile: join(ops, 'tls.key') },
    connectTo: options.connectTo,
    records: resolve('deployment-records'),
    certificates: [{ name: 'ops', certFile: join(ops, 'tls.crt'), keyFile: join(ops, 'tls.key') }],
    secretFiles: [join(ops, 'tls.key')],
    shareFiles: [],
    platform: () => kubectl.version(),
    processes,
    usage: () => podUsage(kubectl),
    logs: async function* () {
      for (const { id, running } of await processes()) {
        if (running) yield* linesOf(kubectl.start('logs', id, '--since', SINCE), id);
      }
    },
    logFiles: () => [],
    query: async (service, sql) => {
      const psql = ['psql', '-d', services[service].database, '-v', 'ON_ERROR_STOP=1', '-qAt', ...rowsSql(sql)];
      return parseRows(await kubectl.run('exec', await kubectl.primary(), '-c', 'postgres', '--', ...psql));
    },
    cryptoutil: (service, args) =>
      kubectl.run('exec', `deployment/${clusterNames[service]}`, '--', 'cryptoutil', ...args),
    backupList: () => backupList({ folder: options.backupFolder, keys: options.backupKeys }),
    configuration: async () => settingsOf(await processes()),
    previous: () => kubectl.previousRevisions(Object.values(clusterNames)),
  };
}
