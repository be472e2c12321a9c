import { CommandFailure } from '../command-failure.js';
import { readTextIfPresent, writePrivateFile } from '../home/private-file.js';
import { services, serviceNames, type ServiceName } from '../services/services.js';
import { isColour, type Colour } from './colours.js';
import type { DeploymentPlace } from './place.js';

/** What `.env` says: the names that Compose puts into compose.yml, in the order of the file. */
export type DeploymentSettings = Readonly<Record<string, string>>;

/** The settings of a deployment. Throws a `CommandFailure` when `deploy init` has not been run. */
export function readDeploymentSettings({ settingsFile }: DeploymentPlace): DeploymentSettings {
  const text = readTextIfPresent(settingsFile);
  if (text === undefined) {
    throw new CommandFailure(`There is no ${settingsFile}: make a deployment with "cryptoutil deploy init" first.`);
  }
  const pairs = text.split('\n').flatMap((line) => {
    const match = /^([A-Z][A-Z0-9_]*)=(.*)$/.exec(line.trim());
    return match ? [[match[1]!, match[2]!]] : [];
  });
  return Object.fromEntries(pairs) as DeploymentSettings;
}

/** Writes the settings in one step; what is given replaces what was there under the same name. */
export function changeDeploymentSettings(place: DeploymentPlace, changes: DeploymentSettings): DeploymentSettings {
  const settings = { ...readDeploymentSettings(place), ...changes };
  writeDeploymentSettings(place, settings);
  return settings;
}

export function writeDeploymentSettings({ settingsFile }: DeploymentPlace, settings: DeploymentSettings): void {
  const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}`);
  writePrivateFile(
    settingsFile,
    `# Made by "cryptoutil deploy init". No secrets: those are files beside it.\n${lines.join('\n')}\n`,
  );
}

/** The colour that `docker compose up` starts. */
export function activeColour(settings: DeploymentSettings): Colour {
  const colour = (settings.COMPOSE_PROFILES ?? '').split(',').find(isColour);
  if (colour) return colour;
  throw new CommandFailure('COMPOSE_PROFILES in .env names neither blue nor green.');
}

/** The profiles with another colour; the rest stays as it is. */
export const profilesWith = (settings: DeploymentSettings, colour: Colour): string =>
  [colour, ...(settings.COMPOSE_PROFILES ?? '').split(',').filter((name) => name !== '' && !isColour(name))].join(',');

/** Which image a colour runs. */
export const imageSetting = (colour: Colour): string => `CRYPTOUTIL_${colour.toUpperCase()}_IMAGE`;

/** The setting with the published port of a service. */
export const portSetting = (name: ServiceName): string => `CRYPTOUTIL_${name.toUpperCase()}_PORT`;

/** The published ports. */
export const publishedPorts = (settings: DeploymentSettings): Record<ServiceName, number> =>
  Object.fromEntries(
    serviceNames.map((name) => [name, Number(settings[portSetting(name)] ?? services[name].defaultPort)]),
  ) as Record<ServiceName, number>;
