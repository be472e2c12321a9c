import { randomToken } from '@cryptoutil/crypto';
import { serviceNames, services, type ServiceName } from '../services/services.js';
import type { SecretManifest } from './secret-manifest.js';

/** The names the services have in a cluster. */
export const clusterNames: Readonly<Record<ServiceName, string>> = {
  authz: 'identity-authz',
  idp: 'identity-idp',
  rs: 'identity-rs',
  kms: 'cryptoutil-kms',
};

/** Keys that a service has beside the password of its database. */
const ownKeys: Readonly<Record<ServiceName, readonly string[]>> = {
  authz: ['token-hash-key', 'cookie-key', 'auth-service-jwt-secret'],
  idp: ['session-key'],
  rs: [],
  kms: [],
};

/**
 * New secrets of a whole suite, each value with 256 random bits: the keys of the services, and per database a role and its password
 * in the form that CloudNativePG takes as well.
 */
export function suiteSecrets(namespace: string): SecretManifest[] {
  return serviceNames.flatMap((name) => {
    const keys = ownKeys[name].map((key) => [key, randomToken()] as const);
    const database: SecretManifest = {
      name: `${clusterNames[name]}-database`,
      namespace,
      type: 'kubernetes.io/basic-auth',
      files: { username: services[name].database, password: randomToken() },
    };
    return keys.length > 0
      ? [{ name: clusterNames[name], namespace, files: Object.fromEntries(keys) }, database]
      : [database];
  });
}
