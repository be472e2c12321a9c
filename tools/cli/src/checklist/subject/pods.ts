import { clusterNames } from '../../kubernetes/suite-secrets.js';
import { serviceNames } from '../../services/services.js';
import type { Kubectl } from './kubectl.js';
import type { ServiceProcess, Usage } from './subject.js';

/** What is used of a pod. */
export interface Pod {
  readonly metadata: {
    readonly name: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly deletionTimestamp?: string;
  };
  readonly spec: {
    readonly terminationGracePeriodSeconds?: number;
    readonly containers: readonly {
      readonly image: string;
      readonly args?: readonly string[];
      readonly env?: readonly { readonly name: string; readonly value?: string }[];
    }[];
  };
  readonly status: {
    readonly phase: string;
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
}

/** Kubernetes' own, when a pod sets none. */
const STOP_SECONDS = 30;

/** The processes of the four services; jobs and databases are none. */
export function podProcesses(
  pods: readonly Pod[],
  settings: Readonly<Record<string, Readonly<Record<string, string>>>>,
): ServiceProcess[] {
  return pods.flatMap(({ metadata, spec, status }) => {
    const name = metadata.labels?.['app.kubernetes.io/name'];
    const service = serviceNames.find((each) => clusterNames[each] === name);
    const [container] = spec.containers;
    if (service === undefined || name === undefined || container === undefined) return [];
    const isReady = status.conditions?.some(({ type, status: holds }) => type === 'Ready' && holds === 'True');
    const own = (container.env ?? []).flatMap(({ name: variable, value }) =>
      value === undefined ? [] : [[variable, value] as const],
    );
    return [
      {
        id: metadata.name,
        service,
        running: status.phase === 'Running' && metadata.deletionTimestamp === undefined,
        state: metadata.deletionTimestamp ? 'terminating' : isReady ? 'healthy' : `${status.phase}, not ready`,
        environment: { ...settings[name], ...Object.fromEntries(own) },
        command: container.args ?? [],
        // The image is what tells versions apart: its tag, or its digest.
        version: container.image,
        graceSeconds: spec.terminationGracePeriodSeconds ?? STOP_SECONDS,
        logBound: 'by the kubelet',
      },
    ];
  });
}

/** By the metrics server; nothing where there is none. */
export async function podUsage(kubectl: Kubectl): Promise<Usage[]> {
  const { code, output } = await kubectl.run('top', 'pods', '--no-headers');
  if (code !== 0) return [];
  return output.split('\n').flatMap((line) => {
    const match = /^(\S+)\s+(\d+)m\s+(\d+)Mi/.exec(line);
    const ours = match && Object.values(clusterNames).some((name) => match[1]!.startsWith(`${name}-`));
    return ours ? [{ id: match[1]!, cpu: Number(match[2]) / 1000, memoryBytes: Number(match[3]) * 1024 ** 2 }] : [];
  });
}
