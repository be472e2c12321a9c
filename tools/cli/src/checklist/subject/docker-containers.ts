import type { Colour } from '../../deploy/colours.js';
import type { DockerCompose } from '../../deploy/docker-compose.js';
import { isServiceName } from '../../services/services.js';
import { outputOf } from './run-command.js';
import type { ServiceProcess, Usage } from './subject.js';

/** What `docker inspect` tells of a container, as far as it is used here. */
interface Container {
  readonly Id: string;
  readonly Name: string;
  readonly State: { readonly Status: string; readonly Health?: { readonly Status: string } };
  readonly Config: {
    readonly Env: readonly string[] | null;
    readonly Cmd: readonly string[] | null;
    readonly Entrypoint: readonly string[] | null;
    readonly Labels: Readonly<Record<string, string>> | null;
    readonly StopTimeout?: number;
  };
  readonly HostConfig: {
    readonly Memory: number;
    readonly LogConfig: { readonly Type: string; readonly Config: Readonly<Record<string, string>> | null };
  };
}

const SERVICE = 'com.docker.compose.service';
/** Docker's own, when Compose sets none. */
const STOP_SECONDS = 10;

/** Every container of a deployment; none before its first start. */
export async function containersOf(compose: DockerCompose): Promise<Container[]> {
  const ids = (await compose.run('ps', '--all', '--quiet')).split('\n').filter((id) => id !== '');
  return ids.length === 0 ? [] : (JSON.parse(await outputOf('docker', ['inspect', ...ids])) as Container[]);
}

/** The processes of the services of a colour. */
export function composeProcesses(containers: readonly Container[], colour: Colour): ServiceProcess[] {
  return containers.flatMap((container) => {
    const { Config, State, HostConfig, Name } = container;
    const [service, ownColour] = (Config.Labels?.[SERVICE] ?? '').split('-');
    if (service === undefined || !isServiceName(service) || ownColour !== colour) return [];
    const labels = Config.Labels ?? {};
    const { Type, Config: log } = HostConfig.LogConfig;
    return [
      {
        id: Name.replace(/^\//, ''),
        service,
        running: State.Status === 'running',
        state: State.Health?.Status ?? State.Status,
        environment: Object.fromEntries((Config.Env ?? []).map(pair)),
        command: [...(Config.Entrypoint ?? []), ...(Config.Cmd ?? [])],
        version: labels['org.opencontainers.image.version'],
        commit: labels['org.opencontainers.image.revision'] || undefined,
        graceSeconds: Config.StopTimeout ?? STOP_SECONDS,
        logBound: log?.['max-size'] ? `${Type}, ${log['max-size']} × ${log['max-file'] ?? 1}` : undefined,
      },
    ];
  });
}

/** What the containers of a colour use, by `docker stats`. */
export async function dockerUsage(containers: readonly Container[], colour: Colour): Promise<Usage[]> {
  const own = new Map(composeProcesses(containers, colour).map(({ id, running }) => [id, running]));
  const chosen = containers.filter(({ Name }) => own.get(Name.replace(/^\//, '')));
  if (chosen.length === 0) return [];
  const text = await outputOf('docker', ['stats', '--no-stream', '--format', 'json', ...chosen.map(({ Id }) => Id)]);
  const rows = text
    .split('\n')
    .flatMap((line) => (line.startsWith('{') ? [JSON.parse(line) as Record<string, string>] : []));
  return rows.map(({ Name, CPUPerc = '', MemUsage = '' }) => ({
    id: Name ?? '',
    cpu: Number.parseFloat(CPUPerc) / 100,
    memoryBytes: bytesOf(MemUsage.split('/')[0]!),
    limitBytes: chosen.find((container) => container.Name.endsWith(Name ?? '/'))?.HostConfig.Memory || undefined,
  }));
}

const units: Readonly<Record<string, number>> = {
  B: 1,
  KiB: 1024,
  kB: 1000,
  MiB: 1024 ** 2,
  MB: 1e6,
  GiB: 1024 ** 3,
  GB: 1e9,
};

function bytesOf(text: string): number {
  const match = /^([\d.]+)\s*([A-Za-z]+)$/.exec(text.trim());
  return match ? Number(match[1]) * (units[match[2]!] ?? 0) : 0;
}

function pair(text: string): [string, string] {
  const at = text.indexOf('=');
  return [text.slice(0, at), text.slice(at + 1)];
}
