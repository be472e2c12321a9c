import { serviceNames } from '../services/services.js';
import { publicUrl, type SuitePorts } from '../services/service-environment.js';
import type { SuiteClient } from '../suite/suite-file.js';

/** A client as the admin API of authz takes it (RFC 7591 names and the suite's own). */
export interface DemoClient extends SuiteClient {
  readonly client_name: string;
  readonly grant_types: readonly string[];
  readonly token_endpoint_auth_method: string;
  readonly tls_client_auth_san_uri?: string;
  readonly resource_indicator?: string;
}

const IDENTITY_SCOPES = ['openid', 'profile', 'email', 'offline_access'];
const RESOURCE_SCOPES = ['read:resource', 'write:resource', 'delete:resource'];
const KMS_VERBS = ['read', 'write', 'encrypt', 'decrypt', 'sign', 'verify', 'wrap', 'unwrap', 'generate'];
const KMS_SCOPES = KMS_VERBS.map((verb) => `kms:${verb}`);
const OPERATOR_SCOPES = ['kms:admin', 'authz:admin'];

/** What a person may let an application do with their keys. */
const PERSONAL_SCOPES = [...IDENTITY_SCOPES, ...RESOURCE_SCOPES, 'kms:encrypt', 'kms:decrypt'];

/** Where the demo applications listen; the second matches with any port (RFC 8252 §7.3). */
const REDIRECT_URIS = ['https://localhost:9443/cb', 'http://127.0.0.1/cb'];
const POST_LOGOUT_REDIRECT_URIS = ['https://localhost:9443/', 'http://127.0.0.1/'];

/** Clients that are made for people to try things with; suite.json lists them. */
export const listedClients: readonly string[] = ['web', 'confidential', 'service', 'ops', 'introspector'];

/** Every demo client; `secretOf` gives the secret of a confidential one. */
export function demoClients(ports: SuitePorts, secretOf: (clientId: string) => string): DemoClient[] {
  const confidential = (clientId: string) => ({
    client_id: clientId,
    client_secret: secretOf(clientId),
    token_endpoint_auth_method: 'client_secret_basic',
  });
  const forPeople = {
    grant_types: ['authorization_code', 'refresh_token'],
    redirect_uris: REDIRECT_URIS,
    post_logout_redirect_uris: POST_LOGOUT_REDIRECT_URIS,
    scope: PERSONAL_SCOPES.join(' '),
  };
  const forMachines = (scopes: readonly string[]) => ({ grant_types: ['client_credentials'], scope: scopes.join(' ') });
  return [
    { client_id: 'web', client_name: 'Demo web app', token_endpoint_auth_method: 'none', ...forPeople },
    { ...confidential('confidential'), client_name: 'Demo server app', ...forPeople },
    { ...confidential('service'), client_name: 'Demo service', ...forMachines([...RESOURCE_SCOPES, ...KMS_SCOPES]) },
    { ...confidential('ops'), client_name: 'Demo operations', ...forMachines(OPERATOR_SCOPES) },
    {
      ...confidential('introspector'),
      client_name: 'Demo resource server',
      grant_types: ['client_credentials'],
      resource_indicator: 'https://introspector.example',
    },
    {
      client_id: 'rs',
      client_name: 'Resource server',
      grant_types: ['client_credentials'],
      token_endpoint_auth_method: 'tls_client_auth',
      tls_client_auth_san_uri: 'spiffe://cryptoutil/rs',
      resource_indicator: publicUrl(ports, 'rs'),
    },
    {
      client_id: 'swagger-ui',
      client_name: 'Swagger UI',
      token_endpoint_auth_method: 'none',
      grant_types: ['authorization_code'],
      redirect_uris: serviceNames.map((name) => `${publicUrl(ports, name)}/ui/swagger/oauth2-redirect.html`),
      scope: ['openid', ...RESOURCE_SCOPES, ...KMS_SCOPES].join(' '),
    },
  ];
}

/** What suite.json says about a client: what somebody needs to use it, no more. */
export function listedClient(client: DemoClient): SuiteClient {
  const { client_id, client_secret, redirect_uris, post_logout_redirect_uris, scope } = client;
  return JSON.parse(
    JSON.stringify({ client_id, client_secret, redirect_uris, post_logout_redirect_uris, scope }),
  ) as SuiteClient;
}
