import type { ElasticKeyAlgorithm } from '../elastic-keys/algorithms.js';

/** What can be done with one key. `read` is its description and its public keys. */
export type KeyOperation = 'read' | 'encrypt' | 'decrypt' | 'sign' | 'verify';

/** A key that belongs to an internal identity. */
export interface IdentityKey {
  name: string;
  description: string;
  algorithm: ElasticKeyAlgorithm;
  operations: readonly KeyOperation[];
}

/**
 * What the services of the suite may do with the kms by their certificate, and nothing else. Each works in the tenant of its own
 * name; its keys are made when the kms is unsealed. Adding a service or a key is adding a line.
 */
export const internalIdentities: Readonly<Record<string, readonly IdentityKey[]>> = {
  authz: [
    {
      name: 'token-signing',
      description: 'Signs ID tokens and JWT access tokens',
      algorithm: 'ES256',
      operations: ['read', 'sign'],
    },
  ],
  idp: [
    {
      name: 'personal-data',
      description: 'Encrypts personal data and second factors',
      algorithm: 'A256KW+A256GCM',
      operations: ['read', 'encrypt', 'decrypt'],
    },
  ],
  rs: [
    {
      name: 'resource-data',
      description: 'Encrypts fields of resources',
      algorithm: 'A256KW+A256GCM',
      operations: ['read', 'encrypt', 'decrypt'],
    },
  ],
};

/** The key that signs the end of the audit chain; only the kms itself signs with it, nobody calls for it. */
export const AUDIT_SIGNING = { tenant: 'kms', name: 'audit-signing' } as const;

/** The key that signs what operators have attested; only the kms itself signs with it. */
export const ATTESTATION_SIGNING = { tenant: 'kms', name: 'attestation-signing' } as const;

/** Every key that is made when the kms is unsealed, by tenant: those of the identities, and the kms's own. */
export const keysMadeAtUnseal: Readonly<Record<string, readonly Omit<IdentityKey, 'operations'>[]>> = {
  ...internalIdentities,
  [AUDIT_SIGNING.tenant]: [
    { name: AUDIT_SIGNING.name, description: 'Signs where the audit chain ends', algorithm: 'ES256' },
    { name: ATTESTATION_SIGNING.name, description: 'Signs what operators have attested', algorithm: 'ES256' },
  ],
};

/** Names of the identities that have keys, for the access declaration of routes. */
export const keyHoldingIdentities = Object.keys(internalIdentities);

/** Whether the identity may do this with the key of its own tenant that has this name. */
export function identityMay(identity: string, keyName: string, operation: KeyOperation): boolean {
  return keysOf(identity).some((key) => key.name === keyName && key.operations.includes(operation));
}

/** Whether this is one of the keys that are made when the kms is unsealed. */
export function identityKey(tenant: string, keyName: string): boolean {
  const keys = Object.hasOwn(keysMadeAtUnseal, tenant) ? keysMadeAtUnseal[tenant] : undefined;
  return keys?.some((key) => key.name === keyName) ?? false;
}

/** Names of the keys that the identity may see. */
export function readableKeys(identity: string): string[] {
  return keysOf(identity)
    .filter((key) => key.operations.includes('read'))
    .map((key) => key.name);
}

function keysOf(identity: string): readonly IdentityKey[] {
  return Object.hasOwn(internalIdentities, identity) ? (internalIdentities[identity] ?? []) : [];
}
