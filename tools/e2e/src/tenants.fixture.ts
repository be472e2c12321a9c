import { type Reply, type Suite, operator } from './suite.fixture.js';

/** A client of a tenant with every scope of keys, as authz lets it in, and a key of it. */
export interface Tenant {
  token: string;
  key: string;
  /** Calls a route of the kms, by its line in the OpenAPI document, with this id and a good body. */
  call(route: string, id: string): Promise<Reply>;
}

const VERBS = ['admin', 'read', 'write', 'encrypt', 'decrypt', 'sign', 'verify', 'wrap', 'generate'];
const SCOPE = VERBS.map((verb) => `kms:${verb}`).join(' ');
export const UNKNOWN = '0198c000-0000-7000-8000-000000000000';

/** Bodies by the end of the path; one that is missing is answered 400 and not 404. */
const bodies: Record<string, object> = {
  '{id}': { description: 'x' },
  aliases: { alias: 'x' },
  grants: { grantee: { subject: 'x' }, operations: ['read'] },
  encrypt: { plaintext: 'AA' },
  decrypt: { jwe: 'x' },
  rewrap: { jwe: 'x' },
  sign: { payload: 'AA' },
  verify: { jws: 'x' },
  mac: { data: 'AA' },
  'mac-verify': { data: 'AA', mac: 'AA', kid: 'x' },
  generate: { kind: 'oct-256' },
  'data-key': {},
  import: { wrapping_key_id: UNKNOWN, encrypted_key: 'AA', wrapped_material: 'AA' },
  derive: { info: 'AA' },
};

/** Registers a client of this tenant as an operator does, fetches its token and makes a key. */
export async function tenantOf(suite: Suite, tenant: string): Promise<Tenant> {
  const { urls, issuer } = suite.file;
  const credentials = { client_id: `client-of-${tenant}`, client_secret: `a long secret of ${tenant}` };
  const dispatcher = operator(suite);
  const { client_id: id, client_secret } = credentials;
  const json = { client_secret, grant_types: ['client_credentials'], scope: SCOPE, tenant };
  const registered = await suite.call(`${urls.authz}/admin/v1/clients/${id}`, { method: 'PUT', dispatcher, json });
  await dispatcher.close();
  if (registered.status !== 201) throw new Error(registered.text);
  const form = { grant_type: 'client_credentials', resource: urls.kms, scope: SCOPE };
  const { access_token: token } = (await suite.call(`${issuer}/oauth2/v1/token`, { basic: credentials, form })).json;
  const made = await suite.call(`${urls.kms}/service/api/v1/elastic-keys`, { token, json: { name: 'of both' } });
  if (made.status !== 201) throw new Error(made.text);
  // The demo web application's origin; routes for web pages ask for a page's proof.
  const origin = 'https://localhost:9443';
  const csrf = await suite.call(`${urls.kms}/browser/api/v1/csrf-token`, { token, headers: { origin } });
  const [cookie = ''] = String(csrf.headers['set-cookie']).split(';');
  const page = { origin, cookie, 'x-csrf-token': csrf.json.csrf_token as string };
  return {
    token,
    key: made.json.id,
    call: (route, key) => {
      const [method = '', path = ''] = route.split(' ');
      const filled = path.replace('{id}', key).replace('{version}', '1').replace('{grant}', UNKNOWN);
      const [operation = '', batch] = (path.split('/').at(-1) ?? '').split(':');
      const body = batch ? { items: [bodies[operation] ?? {}] } : bodies[operation];
      return suite.call(urls.kms + filled.replace(/\{\w+\}/g, 'x'), {
        method: method as 'GET',
        token,
        headers: path.startsWith('/browser/') ? page : {},
        ...(method === 'POST' || method === 'PUT' ? { json: body } : {}),
      });
    },
  };
}
