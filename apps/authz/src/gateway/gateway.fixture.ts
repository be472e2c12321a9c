import { createServer, type Server } from 'node:net';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomToken } from '@cryptoutil/crypto';
import type { RunningService } from '@cryptoutil/http';
import { temporaryDatabase, testPki, type OwnTestPostgres, type TemporaryDatabase } from '@cryptoutil/testing';
import { Agent, request, type Dispatcher } from 'undici';
import { migrations } from '../database.js';
import { startAuthz } from '../main.js';
import { GatewayListener } from './server/gateway-listener.js';

export const BASE = '/auth-server/v1/oauth';
export const usersUrl = 'http://api.example.com/v1/users';

/** A replica of authz with the API. */
export interface Replica {
  service: RunningService;
  /** Base URL of the API. */
  url: string;
  admin: string;
}

export interface Reply {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  text: string;
  json: any;
}

export interface CallOptions {
  method?: string;
  headers?: Record<string, string>;
  /** An object is sent as JSON. */
  body?: string | Buffer | object;
}

/** authz replicas with the API on one database, with the demo clients and endpoints of the contract. */
export interface GatewayFixture {
  replicas: Replica[];
  database: TemporaryDatabase;
  /** Secret files: `current` and `previous`, which is not there at first. */
  secretFiles: { current: string; previous: string };
  caFile: string;
  caPem: string;
  /** Talks as a client: trusts the CA, has no certificate. */
  outside: Dispatcher;
  /** A request to a path of a replica (default: the first one). */
  call(path: string, options?: CallOptions, replica?: number): Promise<Reply>;
  /** A request to the admin API as ops. */
  admin(path: string, options?: CallOptions, replica?: number): Promise<Reply>;
  token(client?: string, kind?: 'token' | 'ott', replica?: number): Promise<string>;
  validate(token: string, url?: string, replica?: number): Promise<Reply>;
  revoke(token: string, replica?: number): Promise<Reply>;
  startReplica(env?: Record<string, string>): Promise<Replica>;
  close(): Promise<void>;
}

export const demoSecrets: Record<string, string> = {
  'test-client': 'test-secret-123',
  'test-client-2': 'secret-key-456',
};

/** A request for a token with these credentials. */
export const tokenRequest = (id: string, secret: string) => ({
  method: 'POST',
  body: { client_id: id, client_secret: secret, grant_type: 'client_credentials' },
});

export const demo = {
  clients: {
    'test-client': { client_secret: 'test-secret-123', allowed_scopes: ['read:ltp', 'read:quote'] },
    'test-client-2': { client_secret: 'secret-key-456', allowed_scopes: ['write:ltp', 'write:quote'] },
  },
  endpoints: [
    { url: 'http://localhost:8082/resource1', scope: 'read:ltp' },
    { url: 'http://localhost:8082/resource2', scope: 'read:quote', active: false },
    { url: usersUrl, scope: 'read:ltp' },
  ],
};

export async function gatewayFixture(
  options: { replicas?: number; env?: Record<string, string>; server?: OwnTestPostgres } = {},
): Promise<GatewayFixture> {
  const pki = await testPki();
  const database = await temporaryDatabase({ migrations, server: options.server });
  const folder = await mkdtemp(join(tmpdir(), 'gateway-'));
  const file = (name: string) => join(folder, name);
  for (const name of ['hash', 'cookie', 'jwt']) await writeFile(file(name), randomToken());
  await writeFile(file('password'), database.settings.password.text());
  const tls = await pki.files('authz');
  const nowhere = await closedPort();
  const env = {
    CRYPTOUTIL_LISTEN_PORT: '0',
    CRYPTOUTIL_KMS_URL: `https://localhost:${nowhere}`,
    CRYPTOUTIL_IDP_URL: `https://localhost:${nowhere}`,
    CRYPTOUTIL_TLS_CERT_FILE: tls.certFile,
    CRYPTOUTIL_TLS_KEY_FILE: tls.keyFile,
    CRYPTOUTIL_TLS_CA_FILE: tls.caFile,
    CRYPTOUTIL_LOG_LEVEL: 'silent',
    CRYPTOUTIL_DATABASE_HOST: database.settings.host,
    CRYPTOUTIL_DATABASE_PORT: String(database.settings.port),
    CRYPTOUTIL_DATABASE_NAME: database.settings.name,
    CRYPTOUTIL_DATABASE_USER: database.settings.user,
    CRYPTOUTIL_DATABASE_CONNECT_TIMEOUT_MS: String(database.settings.connectTimeoutMs),
    CRYPTOUTIL_DATABASE_PASSWORD_FILE: file('password'),
    CRYPTOUTIL_TOKEN_HASH_KEY_FILE: file('hash'),
    CRYPTOUTIL_COOKIE_KEY_FILE: file('cookie'),
    CRYPTOUTIL_AUTH_SERVICE_LISTEN_PORT: '0',
    CRYPTOUTIL_AUTH_SERVICE_JWT_SECRET_FILE: file('jwt'),
    ...options.env,
  };
  const outside = new Agent({ connect: { ca: pki.caPem } });
  const ops = await pki.agent('ops');
  const replicas: Replica[] = [];
  const startReplica = async (more: Record<string, string> = {}): Promise<Replica> => {
    const service = await startAuthz({ ...env, ...more });
    const replica = { service, url: service.app.get(GatewayListener).url, admin: service.url };
    replicas.push(replica);
    return replica;
  };
  while (replicas.length < (options.replicas ?? 1)) await startReplica();

  const send = (dispatcher: Dispatcher, url: string, call: CallOptions = {}) => sendRequest(dispatcher, url, call);
  const fixture: GatewayFixture = {
    replicas,
    database,
    secretFiles: { current: file('jwt'), previous: file('jwt-previous') },
    caFile: pki.caFile,
    caPem: pki.caPem,
    outside,
    startReplica,
    call: (path, call, replica = 0) => send(outside, replicas[replica]!.url + path, call),
    admin: (path, call, replica = 0) => send(ops, `${replicas[replica]!.admin}/admin/v1/auth-service${path}`, call),
    async token(client = 'test-client', kind = 'token', replica = 0) {
      const reply = await fixture.call(`${BASE}/${kind}`, tokenRequest(client, demoSecrets[client]!), replica);
      if (reply.status !== 200) throw new Error(`${reply.status} ${reply.text}`);
      return reply.json.access_token;
    },
    validate: (token, url = usersUrl, replica = 0) =>
      fixture.call(
        `${BASE}/validate`,
        { method: 'POST', headers: { authorization: `Bearer ${token}`, 'x-forwarded-for': url } },
        replica,
      ),
    revoke: (token, replica = 0) =>
      fixture.call(`${BASE}/revoke`, { method: 'POST', headers: { authorization: `Bearer ${token}` } }, replica),
    async close() {
      await Promise.all(replicas.map(({ service }) => service.close()));
      await outside.close();
      await pki.close();
      await database.drop();
      await rm(folder, { recursive: true });
    },
  };
  for (const [id, client] of Object.entries(demo.clients))
    await expectDone(fixture.admin(`/clients/${id}`, { method: 'PUT', body: client }));
  for (const endpoint of demo.endpoints)
    await expectDone(fixture.admin('/endpoints', { method: 'POST', body: endpoint }));
  return fixture;
}

async function expectDone(reply: Promise<Reply>): Promise<void> {
  const { status, text } = await reply;
  if (status !== 201) throw new Error(`${status} ${text}`);
}

export async function sendRequest(dispatcher: Dispatcher, url: string, call: CallOptions): Promise<Reply> {
  const { method = 'GET', headers = {}, body } = call;
  const isRaw = typeof body === 'string' || Buffer.isBuffer(body) || body === undefined;
  const response = await request(url, {
    method: method as Dispatcher.HttpMethod,
    dispatcher,
    headers: { ...(isRaw ? {} : { 'content-type': 'application/json' }), ...headers },
    body: isRaw ? body : JSON.stringify(body),
  });
  const text = await response.body.text();
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    json = undefined;
  }
  return { status: response.statusCode, headers: response.headers, text, json };
}

/** Resolves when the condition holds; jest's own timeout ends a wait in vain. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 20));
}

async function closedPort(): Promise<number> {
  const server: Server = createServer();
  await new Promise<void>((settle) => server.listen(0, '127.0.0.1', settle));
  const { port } = server.address() as { port: number };
  await new Promise((settle) => server.close(settle));
  return port;
}
