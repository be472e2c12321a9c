import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateMaterial, importMaterial, publicJwk, signBytes, base64url, randomToken } from '@cryptoutil/crypto';
import { serverTlsOptions } from '@cryptoutil/pki';
import type { RunningService } from '@cryptoutil/http';
import { freePort, temporaryDatabase, testPki, type TemporaryDatabase, type TestPki } from '@cryptoutil/testing';
import { Agent, request, type Dispatcher } from 'undici';
import { migrations } from './database.js';
import { startAuthz } from './main.js';

/** authz replicas on one database, with a key service and an idp that speak the real wire over mTLS. */
export interface AuthzFixture {
  replicas: RunningService[];
  issuer: string;
  database: TemporaryDatabase;
  /** Talks as a browser or client: trusts the CA, has no certificate. */
  outside: Dispatcher;
  /** Talks with the certificate of an identity. */
  as(identity: string): Promise<Dispatcher>;
  kms: { sealed: boolean; batches: number };
  idp: {
    users: Map<string, { active: boolean; claims: Record<string, unknown> }>;
    /** Sessions that people ended at idp itself. */
    signedOut: Set<string>;
    /** Whose all other sessions are. */
    owner: string;
    /** Sessions that authz ended. */
    ended: string[];
    down: boolean;
  };
  registerClient(clientId: string, metadata: object): Promise<void>;
  close(): Promise<void>;
}

type Handler = (path: string, method: string, body: string) => { status: number; body?: unknown };

export async function authzFixture(replicaCount = 1): Promise<AuthzFixture> {
  const pki = await testPki();
  const database = await temporaryDatabase({ migrations });
  const folder = await mkdtemp(join(tmpdir(), 'authz-'));
  const kms = { sealed: false, batches: 0 };
  const idp: AuthzFixture['idp'] = { users: new Map(), signedOut: new Set(), owner: 'alice', ended: [], down: false };
  const kmsServer = await peer(pki, 'kms', await kmsHandler(kms));
  const idpServer = await peer(pki, 'idp', idpHandler(idp));
  const port = await freePort();
  const issuer = `https://localhost:${port}`;
  const secrets = { hash: join(folder, 'hash'), cookie: join(folder, 'cookie'), password: join(folder, 'password') };
  await writeFile(secrets.hash, randomToken());
  await writeFile(secrets.cookie, randomToken());
  await writeFile(secrets.password, database.settings.password.text());
  const tls = await pki.files('authz');
  const env = (listenPort: number) => ({
    CRYPTOUTIL_LISTEN_PORT: String(listenPort),
    CRYPTOUTIL_PUBLIC_URL: issuer,
    CRYPTOUTIL_ISSUER: issuer,
    CRYPTOUTIL_IDP_URL: urlOf(idpServer),
    CRYPTOUTIL_KMS_URL: urlOf(kmsServer),
    CRYPTOUTIL_RS_URL: 'https://rs.example',
    CRYPTOUTIL_TLS_CERT_FILE: tls.certFile,
    CRYPTOUTIL_TLS_KEY_FILE: tls.keyFile,
    CRYPTOUTIL_TLS_CA_FILE: tls.caFile,
    CRYPTOUTIL_LOG_LEVEL: 'fatal',
    CRYPTOUTIL_DATABASE_HOST: database.settings.host,
    CRYPTOUTIL_DATABASE_PORT: String(database.settings.port),
    CRYPTOUTIL_DATABASE_NAME: database.settings.name,
    CRYPTOUTIL_DATABASE_USER: database.settings.user,
    CRYPTOUTIL_DATABASE_CONNECT_TIMEOUT_MS: String(database.settings.connectTimeoutMs),
    CRYPTOUTIL_DATABASE_PASSWORD_FILE: secrets.password,
    CRYPTOUTIL_TOKEN_HASH_KEY_FILE: secrets.hash,
    CRYPTOUTIL_COOKIE_KEY_FILE: secrets.cookie,
  });
  const replicas = [await startAuthz(env(port))];
  while (replicas.length < replicaCount) replicas.push(await startAuthz(env(0)));
  const outside = new Agent({ connect: { ca: pki.caPem } });
  const ops = await pki.agent('ops');
  return {
    replicas,
    issuer,
    database,
    outside,
    as: (identity) => pki.agent(identity),
    kms,
    idp,
    async registerClient(clientId, metadata) {
      const response = await request(`${issuer}/admin/v1/clients/${clientId}`, {
        method: 'PUT',
        dispatcher: ops,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(metadata),
      });
      if (response.statusCode !== 201) throw new Error(await response.body.text());
      await response.body.dump();
    },
    async close() {
      await Promise.all(replicas.map((replica) => replica.close()));
      await outside.close();
      for (const server of [kmsServer, idpServer]) {
        server.closeAllConnections();
        server.close();
      }
      await pki.close();
      await database.drop();
      await rm(folder, { recursive: true });
    },
  };
}

/** A key service with one real ES256 key. */
async function kmsHandler(state: AuthzFixture['kms']): Promise<Handler> {
  const material = importMaterial('ES256', await generateMaterial('ES256'));
  const jwk = { ...publicJwk(material), kid: 'v1', alg: 'ES256', use: 'sig' };
  const key = {
    ...{ id: '0198a000-0000-7000-8000-000000000001', name: 'token-signing', algorithm: 'ES256', status: 'active' },
    ...{ current_version: 1, current_kid: 'v1', created_at: '2026-01-01T00:00:00Z' },
  };
  return (path, method, body) => {
    if (path === '/admin/v1/readyz')
      return { status: state.sealed ? 503 : 200, body: { status: state.sealed ? 'sealed' : 'ready' } };
    if (path.endsWith('/jwks')) return { status: 200, body: { keys: [jwk] } };
    if (state.sealed)
      return { status: 503, body: { code: 'sealed', status: 503, title: 'x', type: 'about:blank', detail: 'x' } };
    if (method === 'GET') return { status: 200, body: { items: [key], total: 1, next_cursor: null } };
    state.batches += 1;
    const { items } = JSON.parse(body) as { items: { signing_input: string }[] };
    return {
      status: 200,
      body: Promise.all(
        items.map(async ({ signing_input }) => {
          const signature = base64url.encode(await signBytes(material, base64url.decode(signing_input)));
          return { signature, kid: 'v1' };
        }),
      ).then((signed) => ({ items: signed })),
    };
  };
}

const idpHandler =
  (state: AuthzFixture['idp']): Handler =>
  (path, method) => {
    if (state.down) return { status: 503 };
    const id = decodeURIComponent(path.split('/').at(-1) ?? '');
    if (method === 'DELETE') {
      state.ended.push(id);
      return { status: 204 };
    }
    if (path.startsWith('/internal/v1/sessions/'))
      return state.signedOut.has(id) ? { status: 404 } : { status: 200, body: { sub: state.owner } };
    const user = state.users.get(id);
    return user ? { status: 200, body: { sub: id, ...user } } : { status: 404 };
  };

async function peer(pki: TestPki, identity: string, handle: Handler): Promise<Server> {
  const server = createServer(serverTlsOptions(await pki.store(identity)), (incoming, outgoing) => {
    let body = '';
    incoming.on('data', (chunk: Buffer) => (body += chunk.toString()));
    incoming.on('end', () => {
      const answer = handle(incoming.url ?? '', incoming.method ?? '', body);
      void Promise.resolve(answer.body).then((content) => {
        outgoing.writeHead(answer.status, {
          'content-type': answer.status < 400 ? 'application/json' : 'application/problem+json',
        });
        outgoing.end(content === undefined ? undefined : JSON.stringify(content));
      });
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return server;
}

const urlOf = (server: Server): string => `https://localhost:${(server.address() as AddressInfo).port}`;
