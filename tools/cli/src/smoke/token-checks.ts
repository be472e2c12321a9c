import * as client from 'openid-client';
import { reached, require, type Checks } from './checks.js';
import type { SmokeFlow } from './smoke-flow.js';

/** Client credentials, what the resource server lets through, the key service, introspection and revocation. */
export async function checkTokens(checks: Checks, flow: SmokeFlow): Promise<void> {
  const { rs, kms } = flow.suite.urls;
  const resource = `${rs}/api/v1/protected/resource`;
  await checks.run('client credentials: a JWT access token for the resource server', async () => {
    flow.serviceToken = await serviceToken(flow, rs, 'read:resource');
    require(flow.serviceToken.split('.').length === 3, 'it must be a JWT');
  });
  await checks.run('resource server: 401 without a token, with a challenge', async () => {
    const { status, headers } = await flow.probe(resource);
    require(status === 401, 'no token must be answered with 401', { status });
    require(/^Bearer/i.test(headers.get('www-authenticate') ?? ''), 'WWW-Authenticate must name Bearer', headers.get(
      'www-authenticate',
    ));
  });
  const letsThrough = async (token: string): Promise<void> => {
    const { status, body } = await flow.call(resource, token);
    require(status === 200, 'read:resource must be let through', { status, body });
  };
  await checks.run('resource server: 200 for the service (JWT)', async () => letsThrough(reached(flow.serviceToken)));
  await checks.run('resource server: 200 for the person (opaque, by introspection)', async () =>
    letsThrough(reached(flow.signedIn).accessToken),
  );
  await checks.run('resource server: 200 for the person (JWT)', async () => letsThrough(await personToken(flow, rs)));
  await checks.run('resource server: 403 without the scope', async () => {
    const { status, body } = await flow.call(resource, reached(flow.serviceToken), {
      method: 'POST',
      body: NEW_RESOURCE,
    });
    require(status === 403, 'writing without write:resource must be answered with 403', { status, body });
  });
  await checks.run('resource server: keeps a note encrypted by the key service and gives it back', () =>
    checkNote(flow, resource),
  );
  await checks.run("key service: encrypts and decrypts with the person's token", () =>
    checkKeys(flow, `${kms}/service/api/v1`),
  );
  await checks.run('introspection: active, and inactive after revocation', async () => {
    const { accessToken: token } = reached(flow.signedIn);
    const asker = flow.as('introspector');
    require((await client.tokenIntrospection(asker, token)).active, 'the token must be active');
    await client.tokenRevocation(flow.as('confidential'), token);
    require(!(await client.tokenIntrospection(asker, token)).active, 'the revoked token must be inactive');
  });
}

const NEW_RESOURCE = { name: 'smoke', secret_note: 'made by cryptoutil smoke' };

async function serviceToken(flow: SmokeFlow, resource: string, scope: string): Promise<string> {
  return (await client.clientCredentialsGrant(flow.as('service'), { resource, scope })).access_token;
}

/** A token of the person who signed in, for one service. */
async function personToken(flow: SmokeFlow, resource: string): Promise<string> {
  flow.connected = await flow.refresh(reached(flow.connected), resource);
  return flow.connected.accessToken;
}

async function checkNote(flow: SmokeFlow, resource: string): Promise<void> {
  const token = await serviceToken(flow, flow.suite.urls.rs, 'read:resource write:resource delete:resource');
  const created = await flow.call(resource, token, { method: 'POST', body: NEW_RESOURCE });
  require(created.status === 201, 'a new resource must be answered with 201', created);
  const url = `${resource}/${(created.body as { id: string }).id}`;
  const read = await flow.call(url, token);
  require((read.body as { secret_note?: string })?.secret_note ===
    NEW_RESOURCE.secret_note, 'the note must come back', read);
  const removed = await flow.call(url, token, { method: 'DELETE' });
  require(removed.status === 204, 'deleting must be answered with 204', removed);
}

async function checkKeys(flow: SmokeFlow, api: string): Promise<void> {
  const operator = await serviceToken(flow, flow.suite.urls.kms, 'kms:read kms:write');
  const keyId = await smokeKey(flow, api, operator);
  const person = await personToken(flow, flow.suite.urls.kms);
  const plaintext = Buffer.from('smoke').toString('base64url');
  const encrypted = await flow.call(`${api}/elastic-keys/${keyId}/encrypt`, person, {
    method: 'POST',
    body: { plaintext },
  });
  const { jwe } = encrypted.body as { jwe?: string };
  require(typeof jwe === 'string', 'encrypt must answer a JWE', encrypted);
  const decrypted = await flow.call(`${api}/elastic-keys/${keyId}/decrypt`, person, { method: 'POST', body: { jwe } });
  require((decrypted.body as { plaintext?: string }).plaintext ===
    plaintext, 'decrypt must give the plaintext back', decrypted);
}

/** The key of earlier runs, else a new one. */
async function smokeKey(flow: SmokeFlow, api: string, token: string): Promise<string> {
  const found = await flow.call(`${api}/elastic-keys?name=smoke`, token);
  const [key] = (found.body as { items?: { id: string }[] })?.items ?? [];
  if (key) return key.id;
  const created = await flow.call(`${api}/elastic-keys`, token, {
    method: 'POST',
    body: { name: 'smoke', algorithm: 'A256KW+A256GCM' },
  });
  require(created.status === 201, 'a new key must be answered with 201', created);
  return (created.body as { id: string }).id;
}
