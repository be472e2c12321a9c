import { services, type ServiceName } from '../services/services.js';

/** What each service answers to everybody: the first one is what it is for, the rest reaches its database and those it depends on. */
const ROUTES: Readonly<Record<ServiceName, readonly string[]>> = {
  authz: ['/.well-known/openid-configuration', '/oauth2/v1/jwks', '/health'],
  idp: ['/livez', '/health'],
  rs: ['/ui/swagger/doc.json', '/health'],
  kms: ['/ui/swagger/doc.json', '/admin/v1/readyz'],
};

/** How often each is asked before people come: enough for compiled code and open connections, done in a second where the machine has time. */
const WARM_UP = 50;

const urls = (service: ServiceName): string[] =>
  ROUTES[service].map((path) => `https://localhost:${services[service].defaultPort}${path}`);

/** The command that a container of a service must be able to run before anybody is sent to it. */
export const answers = (service: ServiceName): string[] => ['cryptoutil', 'health', urls(service)[0]!];

/** The command that makes a new container of a service as fast as one that has served for a while. */
export const warmUp = (service: ServiceName): string[] => [
  ...['cryptoutil', 'health', ...urls(service)],
  ...['--times', String(WARM_UP)],
];
