import { CommandFailure } from '../command-failure.js';
import { freePort } from '@cryptoutil/database/embedded';
import { requireFreePorts } from '../processes/ports.js';
import type { SuitePorts } from '../services/service-environment.js';
import { AUTH_SERVICE_PORT, portOption, serviceNames, services, type ServiceName } from '../services/services.js';
import type { Progress } from '../terminal/progress.js';

/** How a suite is started. */
export interface SuiteOptions {
  /** The folder of its state; default `CRYPTOUTIL_HOME`, else `.cryptoutil` in the working directory. */
  readonly home?: string;
  /** Ports; 0 takes any free one. Default: 8080, 8081, 8082, 9090, any free one for PostgreSQL, and 8443 for the Auth Service (any free one when authz's is 0). */
  readonly ports?: Partial<SuitePorts>;
  /** Further settings of services, as environment variables; they go before those that the suite sets. For tests and measurements. */
  readonly settings?: Partial<Record<ServiceName, Readonly<Record<string, string>>>>;
  /** Throw away the state of an earlier start first. */
  readonly reset?: boolean;
  /** Where progress is shown; default nowhere. */
  readonly progress?: Progress;
  /** Gives up and cleans up when it is aborted during the start. */
  readonly signal?: AbortSignal;
}

/** The ports to use, each checked to be free. Throws a `CommandFailure` that names those that are taken and the options to change them. */
export async function choosePorts(wanted: Partial<SuitePorts> = {}): Promise<SuitePorts> {
  const names = [...serviceNames, 'postgres', 'authService'] as const;
  const defaults = {
    ...Object.fromEntries(serviceNames.map((name) => [name, services[name].defaultPort])),
    postgres: 0,
    authService: wanted.authz === 0 ? 0 : AUTH_SERVICE_PORT,
  } as SuitePorts;
  const chosen = { ...defaults, ...withoutAbsent(wanted) };
  for (const name of names) {
    if (!Number.isInteger(chosen[name]) || chosen[name] < 0 || chosen[name] > 65_535) {
      throw new CommandFailure(`${portOption(name)} must be a number from 0 to 65535, not ${chosen[name]}.`);
    }
  }
  const fixed = names.filter((name) => chosen[name] !== 0);
  await requireFreePorts(fixed.map((name) => ({ name, port: chosen[name], option: portOption(name) })));
  const found = await Promise.all(names.map(async (name) => [name, chosen[name] || (await freePort())] as const));
  return Object.fromEntries(found) as unknown as SuitePorts;
}

/** An option that was not given does not hide a default. */
const withoutAbsent = (wanted: Partial<SuitePorts>): Partial<SuitePorts> =>
  Object.fromEntries(Object.entries(wanted).filter(([, port]) => port !== undefined));
