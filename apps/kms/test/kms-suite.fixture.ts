import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { base64url } from '@cryptoutil/crypto';
import { type Logger, createLogger } from '@cryptoutil/telemetry';
import {
  type TemporaryDatabase,
  type TestPki,
  type TestPostgres,
  temporaryDatabase,
  testPki,
} from '@cryptoutil/testing';
import { Agent, request } from 'undici';
import { migrations } from '../src/database.js';
import { type RunningKms, startKms } from '../src/main.js';
import { AUDIENCE, type TestIssuer, testIssuer } from './issuer.fixture.js';

export interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: any;
}

export interface CallOptions {
  /** Presents the certificate of this identity. */
  identity?: string;
  token?: string;
  body?: unknown;
  headers?: Record<string, string>;
}

export const api = '/service/api/v1/elastic-keys';
export const allScopes = 'kms:read kms:write kms:encrypt kms:decrypt kms:sign kms:verify kms:generate kms:wrap';
export const adminScopes = `${allScopes} kms:admin`;
export const bytes = (text: string) => base64url.encode(Buffer.from(text));

/** A running replica and how to call it. */
export interface Replica {
  kms: RunningKms;
  call(method: string, path: string, options?: CallOptions): Promise<Answer>;
  /** Gives these shares one after the other as ops; the last answer. */
  unseal(shares: string[]): Promise<Answer>;
  /** Log lines so far. */
  lines: Record<string, unknown>[];
}

/** Replicas of the kms on one database, an issuer and certificates. Call `close()` in `afterAll`. */
export interface KmsSuite {
  pki: TestPki;
  database: TemporaryDatabase;
  issuer: TestIssuer;
  start(env?: Record<string, string>): Promise<Replica>;
  /** A replica on an initialised database, unsealed. */
  startUnsealed(env?: Record<string, string>): Promise<Replica & { shares: string[] }>;
  /** Files with these contents. */
  files(contents: string[]): Promise<string[]>;
  close(): Promise<void>;
}

export async function kmsSuite({ server }: { server?: TestPostgres } = {}): Promise<KmsSuite> {
  const pki = await testPki();
  const database = await temporaryDatabase({ migrations, ...(server ? { server } : {}) });
  const issuer = await testIssuer(pki);
  const folder = await mkdtemp(join(tmpdir(), 'cryptoutil-kms-'));
  const plain = new Agent({ connections: 16, connect: { ca: pki.caPem, timeout: 30_000 } });
  const running: RunningKms[] = [];
  let files = 0;
  const write = async (content: string) => {
    const path = join(folder, `file-${(files += 1)}`);
    await writeFile(path, content, { mode: 0o600 });
    return path;
  };

  const start = async (env: Record<string, string> = {}): Promise<Replica> => {
    const tls = await pki.files('kms');
    const { settings } = database;
    const lines: Record<string, unknown>[] = [];
    const logger: Logger = createLogger({
      service: 'kms',
      destination: { write: (line: string) => lines.push(JSON.parse(line) as Record<string, unknown>) },
    });
    const started = await startKms(
      {
        CRYPTOUTIL_LISTEN_PORT: '0',
        CRYPTOUTIL_KEY_POOL_DEPTH: '0',
        CRYPTOUTIL_PUBLIC_URL: AUDIENCE,
        CRYPTOUTIL_ISSUER: issuer.issuer,
        CRYPTOUTIL_TLS_CERT_FILE: tls.certFile,
        CRYPTOUTIL_TLS_KEY_FILE: tls.keyFile,
        CRYPTOUTIL_TLS_CA_FILE: tls.caFile,
        CRYPTOUTIL_DATABASE_HOST: settings.host,
        CRYPTOUTIL_DATABASE_PORT: String(settings.port),
        CRYPTOUTIL_DATABASE_NAME: settings.name,
        CRYPTOUTIL_DATABASE_USER: settings.user,
        CRYPTOUTIL_DATABASE_CONNECT_TIMEOUT_MS: String(settings.connectTimeoutMs),
        CRYPTOUTIL_DATABASE_PASSWORD_FILE: await write(settings.password.text()),
        ...env,
      },
      { logger },
    );
    let closed: Promise<void> | undefined;
    const kms = { ...started, close: () => (closed ??= started.close()) };
    running.push(kms);
    const call = async (
      method: string,
      path: string,
      { identity, token, body, headers = {} }: CallOptions = {},
    ): Promise<Answer> => {
      const response = await request(kms.url + path, {
        method: method as 'GET',
        dispatcher: identity === undefined ? plain : await agentOf(identity),
        headers: {
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        body: body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body),
      });
      const text = await response.body.text();
      return { status: response.statusCode, headers: response.headers, body: parsed(text) };
    };
    const unseal = async (shares: string[]) => {
      let last: Answer | undefined;
      for (const share of shares) last = await call('POST', '/admin/v1/unseal', { identity: 'ops', body: { share } });
      return last!;
    };
    return { kms, call, unseal, lines };
  };

  const agents = new Map<string, ReturnType<TestPki['agent']>>();
  const agentOf = (identity: string) => {
    const agent = agents.get(identity) ?? pki.agent(identity);
    agents.set(identity, agent);
    return agent;
  };

  const startUnsealed = async (env: Record<string, string> = {}) => {
    const replica = await start(env);
    const made = await replica.call('POST', '/admin/v1/init', { identity: 'ops', body: {} });
    const { shares } = made.body as { shares: string[] };
    const { status } = await replica.unseal(shares.slice(0, 3));
    if (status !== 200) throw new Error(`unsealing answered ${status}`);
    return { ...replica, shares };
  };

  return {
    ...{ pki, database, issuer, start, startUnsealed },
    files: (contents) => Promise.all(contents.map(write)),
    close: async () => {
      for (const kms of running.reverse()) await kms.close();
      await plain.close();
      await issuer.close();
      await pki.close();
      await database.drop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** What a page of the kms's own origin sends with a call to a route for web pages. */
export async function browserHeaders(replica: Replica, token: string): Promise<Record<string, string>> {
  const headers = { origin: AUDIENCE };
  const answer = await replica.call('GET', '/browser/api/v1/csrf-token', { token, headers });
  const [cookie = ''] = String(answer.headers['set-cookie']).split(';');
  return { ...headers, cookie, 'x-csrf-token': answer.body.csrf_token };
}

/** Every documented route, as `POST /path`. */
export async function documentedRoutes(replica: Replica): Promise<string[]> {
  const { body } = await replica.call('GET', '/ui/swagger/doc.json');
  return Object.entries(body.paths as Record<string, object>).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
}
