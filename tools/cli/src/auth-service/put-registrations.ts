import type { AuthServiceAdmin, Registrations } from './auth-service-admin.js';

/** Registers everything; what is there already is replaced. */
export async function putAll(admin: AuthServiceAdmin, { clients, endpoints }: Registrations): Promise<void> {
  for (const client of clients) await admin.putClient(client);
  for (const endpoint of endpoints) await admin.putEndpoint(endpoint);
}

/** Registers what is not there yet; the rest keeps what somebody has changed since. */
export async function putMissing(admin: AuthServiceAdmin, { clients, endpoints }: Registrations): Promise<void> {
  const known = new Set((await admin.clients()).map((client) => client.client_id));
  const registered = new Set((await admin.endpoints()).map(({ url, method }) => `${method} ${url}`));
  await putAll(admin, {
    clients: clients.filter((client) => !known.has(client.client_id)),
    endpoints: endpoints.filter(({ url, method = '' }) => !registered.has(`${method} ${url}`)),
  });
}
