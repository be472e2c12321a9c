import type { ServiceName } from '../../services/services.js';
import { CommandFailure } from '../../command-failure.js';
import { createProgress, type Progress } from '../../terminal/progress.js';
import { describe } from '../watch.js';
import {
  deploymentOf,
  deploymentStates,
  markKept,
  REVISION,
  rolloutOrder,
  tryOut,
  waitForRollout,
  type DeploymentState,
} from './cluster.js';
import { KeptConfiguration } from './configuration.js';
import { goBack } from './go-back.js';
import { KubectlProgram, type Kubectl } from './kubectl.js';
import { Manifests } from './manifests.js';
import { Schedules } from './schedules.js';
import { waitForJob } from './wait-for-job.js';
import { clusterBaseline, watchCluster } from './watch-cluster.js';

/** How a new version is brought in; times in seconds. */
export interface KubernetesOptions {
  readonly namespace: string;
  readonly manifests: string;
  /** Default: what the manifests name. */
  readonly image?: string;
  readonly healthyWithin: number;
  readonly watch: number;
  readonly backup: boolean;
  readonly smoke: boolean;
}

/** What the backup of the suite is started from. */
const BACKUP = 'cronjob/cryptoutil-backup';
const BACKUP_WITHIN_SECONDS = 1_800;
const MIGRATION_WITHIN_SECONDS = 900;

/**
 * Brings a new version in by the cluster's own rollouts: backup, configuration, migration, then one service after the other, each tried,
 * and all watched. Whatever goes wrong puts back every Deployment, ConfigMap and CronJob that was changed. Resolves to the exit code: 0 when the new
 * version stays, 1 when it was given up.
 */
export async function startOnKubernetes(
  options: KubernetesOptions,
  progress: Progress = createProgress(),
  kubectl: Kubectl = new KubectlProgram(options.namespace),
): Promise<number> {
  const manifests = new Manifests(options.manifests, options.image);
  const { step, note } = progress;
  const begun = performance.now();
  const before = await deploymentStates(kubectl);
  const configuration = await KeptConfiguration.of(kubectl);
  const schedules = await Schedules.of(kubectl);
  if (options.backup) await step('databases backed up', () => backUp(kubectl));
  const baseline = await clusterBaseline(kubectl);
  note(`  before: ${describe(baseline.figures)} in five minutes`);
  try {
    const changed = await prepare(kubectl, manifests, progress);
    for (const service of rolloutOrder) await rollOut(kubectl, manifests, service, changed, options, progress);
    await step('schedules start it, too', async () => {
      const [{ image }] = (await deploymentStates(kubectl)) as [DeploymentState];
      await schedules.use(
        image,
        before.map((state) => state.image),
      );
    });
    const reason = await step(`watched for up to ${options.watch} s`, () =>
      watchCluster(kubectl, { forMs: options.watch * 1000, baseline }),
    );
    if (reason !== undefined) throw new Error(`${reason[0]!.toUpperCase()}${reason.slice(1)}.`);
  } catch (error) {
    note((error as Error).message);
    const tell = ({ message }: Error): void => note(message);
    await step('configuration as it was', () => configuration.restore(kubectl)).catch(tell);
    await step('schedules as they were', () => schedules.restore()).catch(tell);
    await giveUp(kubectl, before, options.healthyWithin, progress);
    return 1;
  }
  await markKept(kubectl, before);
  note(
    `The new version runs after ${Math.round((performance.now() - begun) / 1000)} s. To go back: cryptoutil deploy rollback --target kubernetes`,
  );
  return 0;
}

async function backUp(kubectl: Kubectl): Promise<void> {
  const job = `cryptoutil-backup-${Date.now()}`;
  await kubectl.run(['create', 'job', job, `--from=${BACKUP}`]).catch(({ message }: Error) => {
    throw new CommandFailure(
      `${message}\nNothing was begun without a backup. Apply deployments/kubernetes/backup, or say --no-backup when it was made in another way.`,
    );
  });
  await waitForJob(kubectl, job, { seconds: BACKUP_WITHIN_SECONDS });
}

/** Resolves to the services whose settings have changed. */
async function prepare(kubectl: Kubectl, manifests: Manifests, { step }: Progress): Promise<ReadonlySet<ServiceName>> {
  const changed = await step('settings, secrets, policies and services applied', async () => {
    const objects: string[] = [];
    for (const folder of ['configmaps', 'secrets', 'policies', 'services']) {
      objects.push(...(await manifests.apply(kubectl, folder)));
    }
    return rolloutOrder.filter((service) => objects.includes(`configmap/${deploymentOf(service)}`));
  });
  await step('schemas brought up to date', async () => {
    // A finished Job cannot be changed.
    await kubectl.run(['delete', 'job', 'cryptoutil-migrate', '--ignore-not-found']);
    await manifests.apply(kubectl, 'jobs/migrate');
    await waitForJob(kubectl, 'cryptoutil-migrate', { seconds: MIGRATION_WITHIN_SECONDS });
  });
  return new Set(changed);
}

async function rollOut(
  kubectl: Kubectl,
  manifests: Manifests,
  service: ServiceName,
  reconfigured: ReadonlySet<ServiceName>,
  options: KubernetesOptions,
  { step, note }: Progress,
): Promise<void> {
  const name = deploymentOf(service);
  await step(`${name} rolled out`, async () => {
    const applied = await manifests.apply(kubectl, `deployments/${name}`);
    // New settings alone start no rollout.
    if (applied.length === 0 && reconfigured.has(service))
      await kubectl.run(['rollout', 'restart', `deployment/${name}`]);
    await waitForRollout(kubectl, service, options.healthyWithin);
  });
  if (options.smoke) await step(`${name} answers and is warm`, () => tryOut(kubectl, service, note));
}

/** Puts back every Deployment that is not at the revision it had. */
async function giveUp(
  kubectl: Kubectl,
  before: readonly DeploymentState[],
  healthyWithin: number,
  progress: Progress,
): Promise<void> {
  const changed = (await deploymentStates(kubectl)).flatMap(({ service, revision }) => {
    const old = before.find((state) => state.service === service);
    if (!old) progress.note(`${deploymentOf(service)} is new; there is nothing to go back to.`);
    return old && old.revision !== revision ? [{ service, given: revision, revision: old.revision }] : [];
  });
  await goBack(kubectl, changed, healthyWithin, progress);
  for (const { service, given } of changed) await forget(kubectl, service, given);
}

/**
 * What was given up is no version to go back to: without its ReplicaSet, `rollout undo` leads to the one before. Its pods must be gone:
 * while one is left that nobody owns, the cluster cannot compute the disruption budget and refuses every eviction.
 */
async function forget(kubectl: Kubectl, service: ServiceName, revision: string): Promise<void> {
  const label = `app.kubernetes.io/name=${deploymentOf(service)}`;
  const { items } = JSON.parse(await kubectl.run(['get', 'replicasets', '-l', label, '-o', 'json'])) as {
    items: { metadata: { name: string; annotations?: Record<string, string> } }[];
  };
  const given = items.filter(({ metadata }) => metadata.annotations?.[REVISION] === revision);
  for (const { metadata } of given) await kubectl.run(['delete', 'replicaset', metadata.name]);
}
