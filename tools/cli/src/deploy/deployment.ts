import { CommandFailure } from '../command-failure.js';
import { waitUntil } from '../processes/wait-until.js';
import { serviceNames, type ServiceName } from '../services/services.js';
import type { Colour } from './colours.js';
import { colouredService, DockerCompose } from './docker-compose.js';
import {
  changeDeploymentSettings,
  imageSetting,
  profilesWith,
  readDeploymentSettings,
  writeDeploymentSettings,
  type DeploymentSettings,
} from './deployment-settings.js';
import { Haproxy } from './haproxy.js';
import { deploymentPlace, type DeploymentPlace } from './place.js';
import { answers, warmUp } from './public-routes.js';

/** One deployment with Compose: the steps that blue-green is made of. */
export class Deployment {
  readonly compose: DockerCompose;
  readonly haproxy: Haproxy;

  private constructor(readonly place: DeploymentPlace) {
    this.compose = new DockerCompose(place);
    this.haproxy = new Haproxy(place);
  }

  /** The deployment of a folder. Throws a `CommandFailure` when there is none. */
  static at(folder: string | undefined): Deployment {
    const deployment = new Deployment(deploymentPlace(folder));
    readDeploymentSettings(deployment.place);
    return deployment;
  }

  get settings(): DeploymentSettings {
    return readDeploymentSettings(this.place);
  }

  setImage(colour: Colour, image: string): void {
    changeDeploymentSettings(this.place, { [imageSetting(colour)]: image, CRYPTOUTIL_IMAGE: image });
  }

  /** Undoes `setImage`, with the settings from before. */
  restore(previous: DeploymentSettings): void {
    writeDeploymentSettings(this.place, previous);
  }

  /**
   * Waits until Docker and HAProxy both find every process of a colour healthy. HAProxy alone would not do: it takes an address that it
   * has just found for good until a check says otherwise.
   */
  async waitHealthy(colour: Colour, timeoutMs: number, signal?: AbortSignal): Promise<void> {
    let missing: string[] = [];
    const healthy = async (): Promise<boolean> => {
      const [containers, backends] = await Promise.all([this.compose.containers(), this.haproxy.backends()]);
      const running = containers.filter(({ state }) => state !== 'exited');
      missing = backends
        .filter((backend) => backend.colour === colour)
        .filter(({ service, ready }) => {
          const own = running.filter((container) => container.service === colouredService(service, colour));
          return own.length === 0 || ready < own.length || own.some(({ health }) => health !== 'healthy');
        })
        .map(({ service }) => service);
      return missing.length === 0;
    };
    if (await waitUntil(healthy, { timeoutMs, intervalMs: 500, signal })) return;
    throw new CommandFailure(`${colour} was not healthy within ${timeoutMs / 1000} s: ${missing.join(', ')}`);
  }

  /** Asks each service of a colour for what it serves, so often that its processes are as fast as those that have served for a while. */
  async tryOut(colour: Colour, note: (line: string) => void): Promise<void> {
    const ask = (name: ServiceName, command: string[]): Promise<string> =>
      this.compose.run('exec', '-T', colouredService(name, colour), ...command);
    for (const name of serviceNames) {
      // An image from before cannot be made warm; that it answers is enough.
      await ask(name, warmUp(name)).catch(async ({ message }: Error) => {
        await ask(name, answers(name));
        note(message);
      });
    }
  }

  /** Sends new connections to a colour; also the next `docker compose up` then starts this one. */
  async use(colour: Colour): Promise<void> {
    await this.haproxy.use(colour);
    const { settings, place } = this;
    changeDeploymentSettings(place, { COMPOSE_PROFILES: profilesWith(settings, colour) });
  }
}
