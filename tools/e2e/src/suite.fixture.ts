import { mkdtemp } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startSuite, type RunningSuite, type SuiteFile, type SuiteOptions } from '@cryptoutil/cli';
import * as client from 'openid-client';
import { Agent, fetch as undiciFetch, request, type Dispatcher } from 'undici';

/** The whole suite as its own processes, on free ports and in a folder of its own. */
export interface Suite {
  running: RunningSuite;
  file: SuiteFile;
  dispatcher: Dispatcher;
  call(url: string, options?: CallOptions): Promise<Reply>;
  /** openid-client for one of the demo clients, discovered from the issuer. */
  discover(clientName: string): Promise<client.Configuration>;
  /** An access token by client credentials. */
  clientToken(clientName: string, parameters: Record<string, string>): Promise<string>;
  close(): Promise<void>;
}

export interface CallOptions {
  method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  token?: string;
  basic?: { client_id: string; client_secret?: string };
  json?: unknown;
  form?: Record<string, string>;
  headers?: Record<string, string>;
  dispatcher?: Dispatcher;
}

export interface Reply {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  text: string;
  json: any;
}

export async function suiteFixture(settings?: SuiteOptions['settings']): Promise<Suite> {
  const home = await mkdtemp(join(tmpdir(), 'cryptoutil-e2e-'));
  const running = await startSuite({ home, ports: { authz: 0, idp: 0, rs: 0, kms: 0, postgres: 0 }, settings });
  const { file } = running;
  const ca = readFileSync(file.caFile);
  const dispatcher = new Agent({ connect: { ca } });
  const fetchOverCa = ((url: string, options: object) =>
    undiciFetch(url, { ...options, dispatcher })) as unknown as client.CustomFetch;

  const call = async (url: string, options: CallOptions = {}): Promise<Reply> => {
    const { token, basic, json, form } = options;
    const credentials = basic && `${basic.client_id}:${basic.client_secret}`;
    const response = await request(url, {
      method: options.method ?? (json || form ? 'POST' : 'GET'),
      dispatcher: options.dispatcher ?? dispatcher,
      headers: {
        ...(token && { authorization: `Bearer ${token}` }),
        ...(credentials && { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` }),
        ...(json !== undefined && { 'content-type': 'application/json' }),
        ...(form && { 'content-type': 'application/x-www-form-urlencoded' }),
        ...options.headers,
      },
      body: json === undefined ? form && new URLSearchParams(form).toString() : JSON.stringify(json),
    });
    const text = await response.body.text();
    return { status: response.statusCode, headers: response.headers, text, json: parsed(text) };
  };

  const suite: Suite = {
    running,
    file,
    dispatcher,
    call,
    discover(name) {
      const { client_id: id, client_secret: secret } = file.clients[name] ?? { client_id: name };
      return client.discovery(
        new URL(file.issuer),
        id,
        undefined,
        secret === undefined ? client.None() : client.ClientSecretBasic(secret),
        { [client.customFetch]: fetchOverCa },
      );
    },
    async clientToken(name, parameters) {
      const reply = await call(`${file.issuer}/oauth2/v1/token`, {
        basic: file.clients[name],
        form: { grant_type: 'client_credentials', ...parameters },
      });
      if (reply.status !== 200) throw new Error(reply.text);
      return reply.json.access_token;
    },
    // The suite that runs now: a test may have stopped the first one and started another.
    async close() {
      await suite.running.remove();
      await dispatcher.close();
    },
  };
  return suite;
}

/** A client that shows the certificate of an operator. */
export function operator({ file }: Suite): Agent {
  const { certFile, keyFile } = file.clientCerts.ops;
  return new Agent({
    connect: { ca: readFileSync(file.caFile), cert: readFileSync(certFile), key: readFileSync(keyFile) },
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
