import { CommandFailure } from '../../command-failure.js';
import { createProgress, type Progress } from '../../terminal/progress.js';
import { deploymentOf, deploymentStates, rolloutOrder, type DeploymentState } from './cluster.js';
import { goBack } from './go-back.js';
import { KubectlProgram, type Kubectl } from './kubectl.js';
import { Schedules } from './schedules.js';

/** Prints how every Deployment is. Resolves to the exit code: 1 when one is not ready, is missing, or is not through with its rollout. */
export async function kubernetesStatus(
  { namespace, json }: { namespace: string; json?: boolean },
  kubectl: Kubectl = new KubectlProgram(namespace),
): Promise<number> {
  const deployments = await deploymentStates(kubectl);
  const ready = deployments.length === 4 && deployments.every(({ complete }) => complete);
  if (json) {
    console.log(JSON.stringify({ ready, deployments }, undefined, 2));
    return ready ? 0 : 1;
  }
  console.log(`${namespace}: ${ready ? 'ready' : 'not ready'}`);
  for (const state of deployments) console.log(`  ${describe(state)}`);
  const missing = rolloutOrder.filter((service) => !deployments.some((each) => each.service === service));
  for (const service of missing) console.log(`  ${deploymentOf(service).padEnd(16)} is not there`);
  return ready ? 0 : 1;
}

function describe({ service, image, revision, desired, ready, updated, complete }: DeploymentState): string {
  const rollout = complete ? '' : ` (${updated}/${desired} pods have it)`;
  return `${deploymentOf(service).padEnd(16)} ${ready}/${desired} ready  revision ${revision.padEnd(4)} ${image}${rollout}`;
}

/** Goes back to the revision before with every Deployment that the last deployment has changed. Data stays as it is. */
export async function kubernetesRollback(
  { namespace, healthyWithin }: { namespace: string; healthyWithin: number },
  progress: Progress = createProgress(),
  kubectl: Kubectl = new KubectlProgram(namespace),
): Promise<void> {
  const deployments = await deploymentStates(kubectl);
  if (deployments.length === 0) throw new CommandFailure(`There are no Deployments of cryptoutil in ${namespace}.`);
  const begun = performance.now();
  const ways = deployments.filter(({ kept }) => !kept).map(({ service }) => ({ service }));
  await goBack(kubectl, ways, healthyWithin, progress);
  await progress.step('schedules start it, too', async () => {
    const [now] = await deploymentStates(kubectl);
    const schedules = await Schedules.of(kubectl);
    await schedules.use(
      now!.image,
      deployments.map(({ image }) => image),
    );
  });
  progress.note(
    `Back after ${Math.round((performance.now() - begun) / 1000)} s. No data was touched; ConfigMaps are as they are.`,
  );
}
