/** The four services of the suite, in the order in which they are introduced to a reader. */
export const serviceNames = ['authz', 'idp', 'rs', 'kms'] as const;

export type ServiceName = (typeof serviceNames)[number];

/** What the command line must know about a service to run it. */
export interface Service {
  readonly name: ServiceName;
  readonly title: string;
  readonly defaultPort: number;
  /** Arguments of `cryptoutil` that run it. */
  readonly command: readonly string[];
  /** Answers 200 once the service can do its work, without a client certificate. */
  readonly readyPath: string;
  /** Name of its database and of the role that owns it. */
  readonly database: string;
}

export const services: Readonly<Record<ServiceName, Service>> = {
  authz: {
    name: 'authz',
    title: 'authorization server and OpenID issuer',
    defaultPort: 8080,
    command: ['identity', 'authz'],
    readyPath: '/health',
    database: 'cryptoutil_authz',
  },
  idp: {
    name: 'idp',
    title: 'login, consent and accounts',
    defaultPort: 8081,
    command: ['identity', 'idp'],
    readyPath: '/health',
    database: 'cryptoutil_idp',
  },
  rs: {
    name: 'rs',
    title: 'resource server',
    defaultPort: 8082,
    command: ['identity', 'rs'],
    readyPath: '/health',
    database: 'cryptoutil_rs',
  },
  kms: {
    name: 'kms',
    title: 'key service',
    defaultPort: 9090,
    command: ['kms', 'serve'],
    readyPath: '/admin/v1/readyz',
    database: 'cryptoutil_kms',
  },
};

/** The port option of a service, as `cryptoutil up` spells it. */
export const portOption = (name: ServiceName | 'postgres' | 'authService'): string =>
  name === 'authService' ? '--auth-service-port' : `--${name}-port`;

/** Where the Auth Service v1.0 API of authz is by default. */
export const AUTH_SERVICE_PORT = 8443;

/** Whether a text is the name of a service. */
export const isServiceName = (text: string): text is ServiceName => (serviceNames as readonly string[]).includes(text);
