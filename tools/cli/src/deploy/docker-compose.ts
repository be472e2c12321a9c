import { spawn } from 'node:child_process';
import { CommandFailure } from '../command-failure.js';
import { serviceNames, type ServiceName } from '../services/services.js';
import type { Colour } from './colours.js';
import type { DeploymentPlace } from './place.js';

/** A container as `docker compose ps` tells of it. */
export interface ContainerState {
  readonly service: string;
  /** `running`, `exited`, … */
  readonly state: string;
  /** `healthy`, `unhealthy`, `starting`, or empty when it has no health check. */
  readonly health: string;
  readonly image: string;
}

/** The services of a colour as compose.yml names them. */
export const colouredServices = (colour: Colour): string[] => serviceNames.map((name) => colouredService(name, colour));
export const colouredService = (name: ServiceName, colour: Colour): string => `${name}-${colour}`;

/** Lines of a failed command that are worth showing. */
const SHOWN_LINES = 8;

/** `docker compose` with the files of one deployment, both colours included. */
export class DockerCompose {
  constructor(private readonly place: DeploymentPlace) {}

  /** Runs it. Resolves to what it printed; a `CommandFailure` says what it complained about. */
  async run(...args: string[]): Promise<string> {
    const child = this.start(args);
    let output = '';
    let complaint = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (complaint += text));
    const code = await new Promise<number | null>((settle, fail) =>
      child.once('error', (error) => fail(notThere(error))).once('close', settle),
    );
    if (code === 0) return output;
    const lines = `${complaint}\n${output}`.split('\n').filter((line) => line.trim() !== '');
    throw new CommandFailure(`docker compose ${args.join(' ')} failed:\n${lines.slice(-SHOWN_LINES).join('\n')}`);
  }

  /** Starts it; the caller reads the streams. */
  start(args: readonly string[]) {
    return spawn(
      'docker',
      ['compose', '-f', this.place.composeFile, '--profile', 'blue', '--profile', 'green', ...args],
      {
        stdio: ['ignore', 'pipe', 'pipe'],
        env: process.env,
      },
    );
  }

  /** Every container of the deployment, the stopped ones included. */
  async containers(): Promise<ContainerState[]> {
    return parseContainers(await this.run('ps', '--all', '--format', 'json'));
  }

  /** Starts the services of a colour and nothing else. */
  async up(colour: Colour): Promise<void> {
    await this.run('up', '--detach', '--no-deps', ...colouredServices(colour));
  }

  /** Stops the services of a colour: each ends its connections one by one, and what is in flight, within 30 s. */
  async stop(colour: Colour): Promise<void> {
    await this.run('stop', ...colouredServices(colour));
  }
}

/** Compose prints one JSON object a line, older ones an array. */
export function parseContainers(text: string): ContainerState[] {
  const trimmed = text.trim();
  if (trimmed === '') return [];
  const entries = (
    trimmed.startsWith('[') ? JSON.parse(trimmed) : trimmed.split('\n').map((line) => JSON.parse(line) as unknown)
  ) as Record<'Service' | 'State' | 'Health' | 'Image', string>[];
  return entries.map(({ Service, State, Health, Image }) => ({
    service: Service,
    state: State,
    health: Health ?? '',
    image: Image,
  }));
}

function notThere(error: Error): Error {
  const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
  return missing ? new CommandFailure('There is no docker on this machine (not found on PATH).') : error;
}
