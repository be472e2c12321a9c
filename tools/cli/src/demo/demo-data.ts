import type { Dispatcher } from 'undici';
import { CommandFailure } from '../command-failure.js';
import { ask, problemText } from '../requests/answers.js';
import type { DemoClient } from './demo-clients.js';
import type { DemoUser } from './demo-users.js';

/** Registers the demo clients with authz; each replaces its earlier registration. */
export async function putClients(
  dispatcher: Dispatcher,
  authzUrl: string,
  clients: readonly DemoClient[],
): Promise<void> {
  await Promise.all(
    clients.map(({ client_id: id, ...registration }) =>
      put(dispatcher, `${authzUrl}/admin/v1/clients/${id}`, registration, `The demo client ${id} was not registered`),
    ),
  );
}

/** Creates the demo users at idp. One who is there already keeps what they have changed since. */
export async function putMissingUsers(
  dispatcher: Dispatcher,
  idpUrl: string,
  users: readonly DemoUser[],
): Promise<void> {
  await Promise.all(
    users.map(async ({ username, ...user }) => {
      const url = `${idpUrl}/admin/v1/users/${username}`;
      const { status } = await ask(dispatcher, url);
      if (status === 404) await put(dispatcher, url, user, `The demo user ${username} was not created`);
    }),
  );
}

async function put(dispatcher: Dispatcher, url: string, body: unknown, failure: string): Promise<void> {
  const answer = await ask(dispatcher, url, { method: 'PUT', body });
  if (answer.status < 200 || answer.status > 299) throw new CommandFailure(`${failure}: ${problemText(answer)}`);
}
