import { CommandFailure } from '../../command-failure.js';
import { createProgress, type Progress } from '../../terminal/progress.js';
import { deploymentOf, deploymentStates, waitForRollout } from './cluster.js';
import { KubectlProgram, type Kubectl } from './kubectl.js';

/** Prints how every Deployment is. Resolves to the exit code: 1 when one is not ready, or missing. */
export async function kubernetesStatus(
  { namespace, json }: { namespace: string; json?: boolean },
  kubectl: Kubectl = new KubectlProgram(namespace),
): Promise<number> {
  const deployments = await deploymentStates(kubectl);
  const ready = deployments.length === 4 && deployments.every((each) => each.ready >= each.desired);
  if (json) {
    console.log(JSON.stringify({ ready, deployments }, undefined, 2));
    return ready ? 0 : 1;
  }
  console.log(`${namespace}: ${ready ? 'ready' : 'not ready'}`);
  for (const { service, image, revision, desired, ready: count } of deployments) {
    console.log(
      `  ${deploymentOf(service).padEnd(16)} ${count}/${desired} ready  revision ${revision.padEnd(4)} ${image}`,
    );
  }
  return ready ? 0 : 1;
}

/** Goes back to the revision before with every Deployment, the last one of the rollout first. Data stays as it is. */
export async function kubernetesRollback(
  { namespace, healthyWithin }: { namespace: string; healthyWithin: number },
  { step, note }: Progress = createProgress(),
  kubectl: Kubectl = new KubectlProgram(namespace),
): Promise<void> {
  const deployments = await deploymentStates(kubectl);
  if (deployments.length === 0) throw new CommandFailure(`There are no Deployments of cryptoutil in ${namespace}.`);
  const begun = performance.now();
  for (const { service } of [...deployments].reverse()) {
    await step(`${deploymentOf(service)} back at the revision before`, async () => {
      await kubectl.run(['rollout', 'undo', `deployment/${deploymentOf(service)}`]);
      await waitForRollout(kubectl, service, healthyWithin);
    });
  }
  note(
    `Back after ${Math.round((performance.now() - begun) / 1000)} s. No data was touched; ConfigMaps are as they are.`,
  );
}
