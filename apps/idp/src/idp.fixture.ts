import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomToken } from '@cryptoutil/crypto';
import { peerIdentity, serverTlsOptions } from '@cryptoutil/pki';
import type { RunningService } from '@cryptoutil/http';
import {
  fixedClock,
  temporaryDatabase,
  testPki,
  type FixedClock,
  type TemporaryDatabase,
  type TestPostgres,
} from '@cryptoutil/testing';
import { DataSource } from 'typeorm';
import { Agent, request, type Dispatcher } from 'undici';
import { Browser } from './browser.fixture.js';
import { migrations } from './database.js';
import { startIdp } from './main.js';

export const publicOrigin = 'https://idp.example';
export const publicAuthz = 'https://authz.example';
export const alicePassword = 'correct horse battery staple';

/** authz as idp sees it: a second process boundary with mTLS, login requests and a record of what it was told. */
export interface AuthzPeer {
  url: string;
  requests: Map<string, Record<string, unknown>>;
  /** Answer to accept-login; default: on to the client. */
  acceptLogin: { status: number; body: unknown };
  redirectTo: string;
  calls: { challenge: string; step: string; body: any; identity: string | undefined }[];
  /** Every call is answered like this instead. */
  fault: { status: number; body?: string; headers?: Record<string, string> } | undefined;
  /** Makes a login request and answers its challenge. */
  begin(request?: Record<string, unknown>): string;
}

export interface IdpFixture {
  replicas: RunningService[];
  url: string;
  authz: AuthzPeer;
  clock: FixedClock;
  database: TemporaryDatabase;
  dataSource: DataSource;
  browser(replica?: number): Browser;
  /** A browser elsewhere on this host: another loopback address. */
  browserFrom(localAddress: string): Browser;
  call(
    identity: string | undefined,
    method: string,
    path: string,
    body?: unknown,
  ): Promise<{ status: number; headers: any; body: any }>;
  putUser(username: string, user?: Record<string, unknown>): Promise<{ status: number; body: any }>;
  close(): Promise<void>;
}

export async function idpFixture(replicaCount = 1, postgres?: TestPostgres): Promise<IdpFixture> {
  const pki = await testPki();
  const database = await temporaryDatabase({ migrations, ...(postgres && { server: postgres }) });
  const folder = await mkdtemp(join(tmpdir(), 'idp-'));
  const clock = fixedClock('2026-11-22T10:00:00Z');
  const [sessionKey, password] = [join(folder, 'session'), join(folder, 'password')];
  await writeFile(sessionKey, randomToken());
  await writeFile(password, database.settings.password.text());
  const { peer, server } = await startAuthzPeer(await pki.store('authz'));
  const tls = await pki.files('idp');
  const env = {
    CRYPTOUTIL_LISTEN_PORT: '0',
    CRYPTOUTIL_PUBLIC_URL: publicOrigin,
    CRYPTOUTIL_AUTHZ_URL: peer.url,
    CRYPTOUTIL_ISSUER: publicAuthz,
    CRYPTOUTIL_SESSION_KEY_FILE: sessionKey,
    CRYPTOUTIL_TLS_CERT_FILE: tls.certFile,
    CRYPTOUTIL_TLS_KEY_FILE: tls.keyFile,
    CRYPTOUTIL_TLS_CA_FILE: tls.caFile,
    CRYPTOUTIL_LOG_LEVEL: 'silent',
    CRYPTOUTIL_DATABASE_HOST: database.settings.host,
    CRYPTOUTIL_DATABASE_PORT: String(database.settings.port),
    CRYPTOUTIL_DATABASE_NAME: database.settings.name,
    CRYPTOUTIL_DATABASE_USER: database.settings.user,
    CRYPTOUTIL_DATABASE_CONNECT_TIMEOUT_MS: String(database.settings.connectTimeoutMs),
    CRYPTOUTIL_DATABASE_PASSWORD_FILE: password,
  };
  const replicas: RunningService[] = [];
  for (let index = 0; index < replicaCount; index += 1) replicas.push(await startIdp(env, clock));
  const agents: Dispatcher[] = [];
  const outside = (localAddress?: string): Dispatcher => {
    const agent = new Agent({ connect: { ca: pki.caPem }, ...(localAddress && { localAddress }) });
    agents.push(agent);
    return agent;
  };
  const url = replicas[0]!.url.replace('localhost', '127.0.0.1');
  const anyone = outside();
  const call: IdpFixture['call'] = async (identity, method, path, body) => {
    const answer = await request(`${url}${path}`, {
      method: method,
      dispatcher: identity === undefined ? anyone : await pki.agent(identity),
      ...(body !== undefined && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    });
    const text = await answer.body.text();
    return { status: answer.statusCode, headers: answer.headers, body: text === '' ? undefined : JSON.parse(text) };
  };
  return {
    replicas,
    url,
    authz: peer,
    clock,
    database,
    dataSource: replicas[0]!.app.get(DataSource, { strict: false }),
    browser: (replica = 0) =>
      new Browser(replicas[replica]!.url.replace('localhost', '127.0.0.1'), publicOrigin, anyone),
    browserFrom: (localAddress) => new Browser(url, publicOrigin, outside(localAddress)),
    call,
    putUser: (username, user = {}) =>
      call('ops', 'PUT', `/admin/v1/users/${encodeURIComponent(username)}`, {
        password: alicePassword,
        email: `${username}@example.com`,
        name: `${username} Example`,
        ...user,
      }),
    close: async () => {
      for (const replica of replicas) await replica.close();
      for (const agent of agents) await agent.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await database.drop();
      await pki.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function startAuthzPeer(
  store: Parameters<typeof serverTlsOptions>[0],
): Promise<{ peer: AuthzPeer; server: Server }> {
  const server = createServer(serverTlsOptions(store), (incoming, answer) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const [, challenge = '', step = ''] =
        /^\/internal\/v1\/login-requests\/([^/]+)\/?(.*)$/.exec(incoming.url ?? '') ?? [];
      const text = Buffer.concat(chunks).toString();
      const identity = peerIdentity(incoming.socket);
      peer.calls.push({ challenge, step, body: text === '' ? undefined : JSON.parse(text), identity });
      const { status, body, headers } = peer.fault ?? respond(peer, challenge, step);
      answer.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const peer: AuthzPeer = {
    url: `https://localhost:${(server.address() as AddressInfo).port}`,
    requests: new Map(),
    acceptLogin: { status: 200, body: undefined },
    redirectTo: `${publicAuthz}/oauth2/v1/authorize/uid?login_verifier=v`,
    calls: [],
    fault: undefined,
    begin(request = {}) {
      const challenge = randomToken();
      peer.requests.set(challenge, {
        challenge,
        client: { client_id: 'web', name: 'Demo Web', first_party: false },
        prompt: { name: 'login', reasons: ['no_session'] },
        ...request,
      });
      return challenge;
    },
  };
  return { peer, server };
}

function respond(peer: AuthzPeer, challenge: string, step: string): NonNullable<AuthzPeer['fault']> {
  const json = (status: number, value: unknown) => ({ status, body: JSON.stringify(value) });
  const loginRequest = peer.requests.get(challenge);
  if (!loginRequest) return json(404, { code: 'login_request_not_found' });
  if (step === '') return json(200, loginRequest);
  if (step === 'accept-login' && peer.acceptLogin.body !== undefined)
    return json(peer.acceptLogin.status, peer.acceptLogin.body);
  return json(200, { ...(step === 'accept-login' && { next: 'redirect' }), redirect_to: peer.redirectTo });
}
