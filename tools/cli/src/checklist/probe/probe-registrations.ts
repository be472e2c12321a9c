import { randomToken } from '@cryptoutil/crypto';
import type { SuiteClient } from '../../suite/suite-file.js';

/** A client of the checklist; `role` is its name within the flows. */
export interface ProbeClient extends SuiteClient {
  readonly role: string;
  readonly client_name: string;
  readonly grant_types: readonly string[];
  readonly token_endpoint_auth_method: string;
  readonly resource_indicator?: string;
}

/** Nothing listens there, and nothing has to. */
const REDIRECT_URI = 'https://localhost:9443/cb';
const KMS_SCOPES = ['read', 'write', 'encrypt', 'decrypt', 'generate'].map((verb) => `kms:${verb}`);

/** An application, a service, and a resource server that introspects. */
export function probeClients(name: string): ProbeClient[] {
  const client = (role: string) => ({
    ...{ role, client_id: `${name}-${role}`, client_name: `Deployment checklist (${role})` },
    client_secret: randomToken(),
    token_endpoint_auth_method: 'client_secret_basic',
  });
  return [
    {
      ...client('confidential'),
      grant_types: ['authorization_code', 'refresh_token'],
      redirect_uris: [REDIRECT_URI],
      scope: 'openid profile email offline_access read:resource',
    },
    {
      ...client('service'),
      grant_types: ['client_credentials'],
      scope: ['read:resource', 'write:resource', 'delete:resource', ...KMS_SCOPES].join(' '),
    },
    {
      ...client('introspector'),
      grant_types: ['client_credentials'],
      resource_indicator: `https://${name}.example`,
    },
  ];
}

/** The person who signs in. */
export const probeUser = (name: string) => ({
  username: name,
  password: randomToken(),
  email: `${name}@example.com`,
});

/** The scope that the probe's endpoint of the Auth Service asks for. */
export const probeScope = (name: string): string => `read:${name}`;
