import { readFileSync } from 'node:fs';
import { randomToken } from '@cryptoutil/crypto';
import { CommandFailure } from '../command-failure.js';
import type { EndpointRegistration, ShownEndpoint } from './auth-service-admin.js';
import { withAuthService, type AdminConnection } from './connection.js';
import { putAll } from './put-registrations.js';
import { readRegistrations } from './read-registrations.js';

export interface ClientOptions extends AdminConnection {
  readonly name?: string;
  readonly scope?: string[];
  readonly ttl?: number;
  readonly secretFile?: string;
}

export interface EndpointOptions extends AdminConnection {
  readonly scope: string;
  readonly method?: string;
  readonly description?: string;
  readonly pattern?: boolean;
}

/** Registers a client; a new one without a secret file gets a secret, which is shown once. */
export function addClient(id: string, options: ClientOptions): Promise<void> {
  return withAuthService(options, async (admin) => {
    const exists = (await admin.client(id)) !== undefined;
    const given = options.secretFile === undefined ? undefined : secretOf(options.secretFile);
    const made = given === undefined && !exists ? randomToken() : undefined;
    const client = await admin.putClient({
      client_id: id,
      client_secret: given ?? made,
      ...(options.name !== undefined && { name: options.name }),
      ...(options.ttl !== undefined && { access_token_ttl: options.ttl }),
      allowed_scopes: options.scope ?? [],
    });
    show(client);
    if (made !== undefined) console.log(`Its secret, which is shown this once: ${made}`);
  });
}

export const listClients = (options: AdminConnection): Promise<void> =>
  withAuthService(options, async (admin) => (await admin.clients()).forEach(show));

export const showClient = (id: string, options: AdminConnection): Promise<void> =>
  withAuthService(options, async (admin) => show((await admin.client(id)) ?? missing(`client ${id}`)));

export const setClientActive = (id: string, active: boolean, options: AdminConnection): Promise<void> =>
  withAuthService(options, async (admin) => show(await admin.changeClient(id, { active })));

export const removeClient = (id: string, options: AdminConnection): Promise<void> =>
  withAuthService(options, (admin) => admin.removeClient(id));

export const addEndpoint = (url: string, options: EndpointOptions): Promise<void> =>
  withAuthService(options, async (admin) => {
    const { scope, method, description, pattern } = options;
    const registration: EndpointRegistration = { url, scope, method, description, pattern };
    show(await admin.putEndpoint(registration));
  });

export const listEndpoints = (options: AdminConnection): Promise<void> =>
  withAuthService(options, async (admin) => (await admin.endpoints()).forEach(show));

export const showEndpoint = (key: string, options: AdminConnection): Promise<void> =>
  withAuthService(options, async (admin) => found(await admin.endpoints(), key).forEach(show));

export const setEndpointActive = (key: string, active: boolean, options: AdminConnection): Promise<void> =>
  withAuthService(options, async (admin) => {
    for (const { id } of found(await admin.endpoints(), key)) show(await admin.changeEndpoint(id, { active }));
  });

export const removeEndpoint = (key: string, options: AdminConnection): Promise<void> =>
  withAuthService(options, async (admin) => {
    for (const { id } of found(await admin.endpoints(), key)) await admin.removeEndpoint(id);
  });

/** Registers the clients and endpoints of a list of the original. */
export const importRegistrations = (file: string, options: AdminConnection & { dryRun?: boolean }): Promise<void> => {
  const registrations = readRegistrations(textOf(file));
  const { clients, endpoints } = registrations;
  const count = `${clients.length} clients and ${endpoints.length} endpoints`;
  if (options.dryRun) {
    console.log(`${count} would be imported.`);
    return Promise.resolve();
  }
  return withAuthService(options, async (admin) => {
    await putAll(admin, registrations);
    console.log(`${count} were imported.`);
  });
};

/** An endpoint is named by its id, or by its URL, which then means every method of it. */
function found(endpoints: readonly ShownEndpoint[], key: string): ShownEndpoint[] {
  const matching = endpoints.filter(({ id, url }) => id === key || url === key);
  return matching.length > 0 ? matching : missing(`endpoint ${key}`);
}

function missing(what: string): never {
  throw new CommandFailure(`There is no ${what}.`);
}

const show = (value: unknown): void => console.log(JSON.stringify(value));
const secretOf = (file: string): string => textOf(file).replace(/\r?\n$/, '');

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new CommandFailure(`${file} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'error'}).`);
  }
}
