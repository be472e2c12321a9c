// Stands in for a kubelet: a node that says it is ready, and reports every pod on it as running and ready, jobs as done. Pods whose image
// has the tag "broken" never get ready. No container runs.
//   KUBECONFIG=… node fake-node.mjs <address of the API server> <token>
import { setTimeout as delay } from 'node:timers/promises';
import { Agent, fetch } from 'undici';

const [server, token] = process.argv.slice(2);
const dispatcher = new Agent({ connect: { rejectUnauthorized: false } });
const NODE = 'stage';

async function ask(method, path, body) {
  const type = method === 'PATCH' ? 'application/strategic-merge-patch+json' : 'application/json';
  const answer = await fetch(`${server}${path}`, {
    method,
    dispatcher,
    headers: { authorization: `Bearer ${token}`, 'content-type': type },
    ...(body && { body: JSON.stringify(body) }),
  });
  return answer.ok ? answer.json() : undefined;
}

const resources = { cpu: '64', memory: '256Gi', pods: '500', 'ephemeral-storage': '100Gi' };
const now = () => new Date().toISOString().replace(/\.\d+Z/, 'Z');
const condition = (type, status = 'True') => ({
  type,
  status,
  lastHeartbeatTime: now(),
  lastTransitionTime: now(),
  reason: 'Stage',
});

async function beat() {
  const status = { capacity: resources, allocatable: resources, conditions: [condition('Ready')] };
  await ask('PATCH', `/api/v1/nodes/${NODE}/status`, { status });
}

async function settle(pod) {
  const { name, namespace, deletionTimestamp, ownerReferences = [] } = pod.metadata;
  const path = `/api/v1/namespaces/${namespace}/pods/${name}`;
  if (deletionTimestamp) return ask('DELETE', path, { gracePeriodSeconds: 0 });
  if (pod.status.phase === 'Running' || pod.status.phase === 'Succeeded') return undefined;
  const isJob = ownerReferences.some(({ kind }) => kind === 'Job');
  const broken = pod.spec.containers.some(({ image }) => image.endsWith(':broken'));
  const ready = !broken && !isJob;
  const status = {
    phase: isJob ? 'Succeeded' : 'Running',
    podIP: '198.18.200.1',
    startTime: now(),
    conditions: ['Initialized', 'ContainersReady', 'Ready'].map((type) =>
      condition(type, type === 'Initialized' || ready ? 'True' : 'False'),
    ),
    containerStatuses: pod.spec.containers.map((container) => ({
      ...{ name: container.name, image: container.image, imageID: '', ready, restartCount: 0 },
      state: isJob ? { terminated: { exitCode: 0, reason: 'Completed' } } : { running: { startedAt: now() } },
    })),
  };
  return ask('PATCH', `${path}/status`, { status });
}

await ask('POST', '/api/v1/nodes', { apiVersion: 'v1', kind: 'Node', metadata: { name: NODE } });
for (let turn = 0; ; turn += 1) {
  try {
    if (turn % 20 === 0) await beat();
    const pods = await ask('GET', `/api/v1/pods?fieldSelector=spec.nodeName%3D${NODE}`);
    for (const pod of pods?.items ?? []) await settle(pod);
  } catch (error) {
    console.error(error.message);
  }
  await delay(200);
}
