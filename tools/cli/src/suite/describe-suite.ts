import { demoClients, listedClient, listedClients, type DemoClient } from '../demo/demo-clients.js';
import { demoUsers, type DemoUser } from '../demo/demo-users.js';
import { authServiceUrl, publicUrl, type EnvironmentOptions } from '../services/service-environment.js';
import { serviceNames, type ServiceName } from '../services/services.js';
import { authorityFile, certificateFiles } from '../trust/certificate-files.js';
import type { SuiteFile } from './suite-file.js';
import { suiteShareFiles } from './unseal-suite.js';

/** The clients and users of the demo, with the secrets of this suite. */
export function demoData({ ports, secrets }: Pick<EnvironmentOptions, 'ports' | 'secrets'>): {
  clients: DemoClient[];
  users: DemoUser[];
} {
  return {
    clients: demoClients(ports, (clientId) => secrets.text('clients', clientId)),
    users: demoUsers(secrets.text('users', 'admin')),
  };
}

/** What `suite.json` is to say about a suite whose services run as these processes. */
export function describeSuite(context: EnvironmentOptions, pids: Readonly<Record<ServiceName, number>>): SuiteFile {
  const { home, ports } = context;
  const { clients, users } = demoData(context);
  const listed = clients.filter(({ client_id: id }) => listedClients.includes(id));
  return {
    issuer: publicUrl(ports, 'authz'),
    urls: {
      ...(Object.fromEntries(serviceNames.map((name) => [name, publicUrl(ports, name)])) as Record<
        ServiceName,
        string
      >),
      authService: authServiceUrl(ports),
    },
    caFile: authorityFile(home.pki),
    unsealShareFiles: suiteShareFiles(home),
    pids,
    users: users.map(({ username, password, email }) => ({ username, password, email })),
    clients: Object.fromEntries(listed.map((client) => [client.client_id, listedClient(client)])),
    clientCerts: { ops: certificateFiles(home.pki, 'ops') },
  };
}
