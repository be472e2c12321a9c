import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { request as httpsRequest, type RequestOptions } from 'node:https';
import type { IncomingHttpHeaders } from 'node:http';
import { Writable } from 'node:stream';
import { CertificateStore, createAuthority, issueCertificate, type IssuedCertificate } from '@cryptoutil/pki';
import { createLogger } from '@cryptoutil/telemetry';
import { startService, type RunningService, type ServiceOptions } from '../src/index.js';

/** Certificates for one spec file. (@cryptoutil/testing stands above this layer.) */
export interface SpecPki {
  ca: string;
  tls: CertificateStore;
  issue(identity: string): Promise<IssuedCertificate>;
  close(): Promise<void>;
}

export async function specPki(): Promise<SpecPki> {
  const folder = await mkdtemp(join(tmpdir(), 'cryptoutil-http-'));
  const authority = await createAuthority({ commonName: 'test', days: 1 });
  const issue = (identity: string) =>
    issueCertificate(authority, { identity, dnsNames: ['localhost'], ipAddresses: ['127.0.0.1'], days: 1 });
  const server = await issue('rs');
  const files = {
    certFile: join(folder, 'cert.pem'),
    keyFile: join(folder, 'key.pem'),
    caFile: join(folder, 'ca.pem'),
  };
  await writeFile(files.certFile, server.certificatePem);
  await writeFile(files.keyFile, server.privateKeyPem);
  await writeFile(files.caFile, authority.certificatePem);
  const tls = await CertificateStore.open(files);
  return {
    ca: authority.certificatePem,
    tls,
    issue,
    close: async () => {
      tls.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export interface SpecService extends RunningService {
  /** Every line logged so far. */
  log: Record<string, unknown>[];
  call(path: string, options?: CallOptions): Promise<Answer>;
}

export interface CallOptions {
  method?: string;
  headers?: Record<string, string | string[]>;
  body?: string | Buffer;
  json?: unknown;
  certificate?: IssuedCertificate;
}

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
  json: Record<string, unknown>;
}

export async function specService(
  pki: SpecPki,
  options: Partial<ServiceOptions> & Pick<ServiceOptions, 'module'>,
): Promise<SpecService> {
  const log: Record<string, unknown>[] = [];
  const destination = new Writable({
    write(chunk: Buffer, _encoding, done) {
      log.push(JSON.parse(chunk.toString('utf8')) as Record<string, unknown>);
      done();
    },
  });
  const service = await startService({
    name: 'spec',
    version: '1.2.3',
    settings: { listenHost: '127.0.0.1', listenPort: 0, publicUrl: 'https://localhost:8082' },
    tls: pki.tls,
    logger: createLogger({ service: 'spec', level: 'debug', destination }),
    graceMs: 2_000,
    ...options,
  });
  return { ...service, log, call: (path, call = {}) => callService(service.url, pki.ca, path, call) };
}

export function callService(url: string, ca: string, path: string, options: CallOptions): Promise<Answer> {
  const { certificate, json } = options;
  const body = json === undefined ? options.body : JSON.stringify(json);
  const { hostname, port } = new URL(url);
  const request: RequestOptions = {
    ...{ hostname, port, path, ca, agent: false },
    ...(certificate ? { cert: certificate.certificatePem, key: certificate.privateKeyPem } : {}),
    method: options.method ?? (body === undefined ? 'GET' : 'POST'),
    headers: { ...(json === undefined ? {} : { 'content-type': 'application/json' }), ...options.headers },
  };
  return new Promise((resolve, reject) => {
    const sent = httpsRequest(request, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        const isJson = text !== '' && /json/.test(response.headers['content-type'] ?? '');
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text,
          json: isJson ? (JSON.parse(text) as Answer['json']) : {},
        });
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}
