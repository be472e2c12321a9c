import { certificateFiles, authorityFile } from '../trust/certificate-files.js';
import type { Home } from '../home/home.js';
import type { SuiteSecrets } from '../suite/suite-secrets.js';
import { services, type ServiceName } from './services.js';

/** Where the services and their database listen. */
export interface SuitePorts extends Readonly<Record<ServiceName, number>> {
  readonly postgres: number;
  /** The Auth Service v1.0 listener of authz. */
  readonly authService: number;
}

/** What the environment of a service is made from. */
export interface EnvironmentOptions {
  readonly home: Home;
  readonly ports: SuitePorts;
  readonly secrets: SuiteSecrets;
  /** Shares the kms unseals itself with when it starts; none before it has been initialised. */
  readonly unsealShareFiles?: readonly string[];
}

/** Where the demo web application runs; its scripts may call the key service. */
export const DEMO_WEB_ORIGIN = 'https://localhost:9443';

/** The secret of the Auth Service's tokens; the one before it lies beside it, named with `-previous`. */
export const JWT_SECRET = 'auth-service-jwt-secret';

/** The public URL of the Auth Service v1.0 API, without a trailing slash. */
export const authServiceUrl = (ports: SuitePorts): string => `https://localhost:${ports.authService}`;

/** The public URL of a service, without a trailing slash. */
export const publicUrl = (ports: SuitePorts, name: ServiceName): string => `https://localhost:${ports[name]}`;

/**
 * The whole environment of a service: its CRYPTOUTIL_ settings, PATH, and the OpenTelemetry variables of this process. Nothing else
 * passes on, so what a person has exported in their shell cannot change how the suite behaves.
 */
export function serviceEnvironment(name: ServiceName, options: EnvironmentOptions): NodeJS.ProcessEnv {
  const { home, ports } = options;
  const { certFile, keyFile } = certificateFiles(home.pki, name);
  return {
    ...passedOn(process.env),
    ...databaseEnvironment(name, options),
    CRYPTOUTIL_LISTEN_HOST: '127.0.0.1',
    CRYPTOUTIL_LISTEN_PORT: String(ports[name]),
    CRYPTOUTIL_PUBLIC_URL: publicUrl(ports, name),
    CRYPTOUTIL_TLS_CERT_FILE: certFile,
    CRYPTOUTIL_TLS_KEY_FILE: keyFile,
    CRYPTOUTIL_TLS_CA_FILE: authorityFile(home.pki),
    ...ownSettings[name](options),
  };
}

/** How a service reaches its database: all that `cryptoutil migrate` needs. */
export function databaseEnvironment(name: ServiceName, { ports, secrets }: EnvironmentOptions): NodeJS.ProcessEnv {
  return {
    CRYPTOUTIL_DATABASE_HOST: '127.0.0.1',
    CRYPTOUTIL_DATABASE_PORT: String(ports.postgres),
    CRYPTOUTIL_DATABASE_NAME: services[name].database,
    CRYPTOUTIL_DATABASE_USER: services[name].database,
    CRYPTOUTIL_DATABASE_PASSWORD_FILE: secrets.file(name, 'database-password'),
  };
}

const ownSettings: Record<ServiceName, (options: EnvironmentOptions) => NodeJS.ProcessEnv> = {
  authz: ({ ports, secrets }) => ({
    CRYPTOUTIL_ISSUER: publicUrl(ports, 'authz'),
    CRYPTOUTIL_IDP_URL: publicUrl(ports, 'idp'),
    CRYPTOUTIL_RS_URL: publicUrl(ports, 'rs'),
    CRYPTOUTIL_KMS_URL: publicUrl(ports, 'kms'),
    CRYPTOUTIL_TOKEN_HASH_KEY_FILE: secrets.file('authz', 'token-hash-key'),
    CRYPTOUTIL_COOKIE_KEY_FILE: secrets.file('authz', 'cookie-key'),
    CRYPTOUTIL_AUTH_SERVICE_LISTEN_PORT: String(ports.authService),
    CRYPTOUTIL_AUTH_SERVICE_JWT_SECRET_FILE: secrets.file('authz', JWT_SECRET),
  }),
  idp: ({ ports, secrets }) => ({
    CRYPTOUTIL_AUTHZ_URL: publicUrl(ports, 'authz'),
    CRYPTOUTIL_SESSION_KEY_FILE: secrets.file('idp', 'session-key'),
  }),
  rs: ({ ports }) => ({
    CRYPTOUTIL_ISSUER: publicUrl(ports, 'authz'),
    CRYPTOUTIL_KMS_URL: publicUrl(ports, 'kms'),
  }),
  kms: ({ home, ports, unsealShareFiles = [] }) => ({
    CRYPTOUTIL_ISSUER: publicUrl(ports, 'authz'),
    CRYPTOUTIL_BARRIER_ANCHOR_FILE: home.kmsAnchor,
    CRYPTOUTIL_CORS_ORIGINS: DEMO_WEB_ORIGIN,
    ...(unsealShareFiles.length > 0 && { CRYPTOUTIL_UNSEAL_SHARE_FILES: unsealShareFiles.join(',') }),
  }),
};

function passedOn(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => name === 'PATH' || name.startsWith('OTEL_')));
}
