import { readFileSync } from 'node:fs';
import { createServer as createHttpServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { createServer, request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createAuthority, issueCertificate, type CertificateRequest, type IssuedCertificate } from '@cryptoutil/pki';
import type { Subject } from '../subject/subject.js';

/** An answer on its way to the client; a front changes what it likes. */
export interface Passing {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  answer: { status: number; headers: Record<string, string | string[] | undefined>; body: Buffer };
}

const servers: Server[] = [];

async function listen(server: Server): Promise<number> {
  servers.push(server);
  await new Promise<void>((settle) => server.listen(0, '127.0.0.1', settle));
  return (server.address() as AddressInfo).port;
}

/** Ends every front and server. */
export async function closeFronts(): Promise<void> {
  await Promise.all(
    servers.splice(0).map((server) => {
      server.closeAllConnections();
      return new Promise((settle) => server.close(settle));
    }),
  );
}

/** A real HTTPS server before a service, with the service's own certificate: alters one thing. Resolves to its URL. */
export async function front(
  { trust, certificates }: Subject,
  name: string,
  target: string,
  alter: (passing: Passing) => unknown,
): Promise<string> {
  const { certFile, keyFile } = certificates.find((each) => each.name === name)!;
  const ca = readFileSync(trust.caFile);
  const server = createServer({ cert: readFileSync(certFile), key: readFileSync(keyFile) }, (incoming, outgoing) => {
    const { method = 'GET', url: path = '/', headers } = incoming;
    const upstream = request(`${target}${path}`, { method, headers, ca, agent: false }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('end', () => {
        const answer = { status: response.statusCode!, headers: { ...response.headers }, body: Buffer.concat(parts) };
        const passing: Passing = { method, path, headers, answer };
        void Promise.resolve(alter(passing)).then(() => {
          delete answer.headers['content-length'];
          delete answer.headers['transfer-encoding'];
          outgoing.writeHead(passing.answer.status, passing.answer.headers).end(passing.answer.body);
        });
      });
    });
    upstream.on('error', () => outgoing.destroy());
    incoming.pipe(upstream);
  });
  return `https://localhost:${await listen(server as unknown as Server)}`;
}

/** A server that shows a certificate of the given kind, and answers 200 to everything. */
export async function serverWith({ certificatePem, privateKeyPem }: IssuedCertificate): Promise<string> {
  const server = createServer({ cert: certificatePem, key: privateKeyPem }, (_request, response) => response.end('{}'));
  return `https://localhost:${await listen(server as unknown as Server)}`;
}

/** A server without TLS. */
export async function plainServer(): Promise<string> {
  return `https://localhost:${await listen(createHttpServer((_request, response) => response.end('plain')))}`;
}

/** What stands for the health route of a collector, until it is stopped. */
export async function collector(): Promise<{ url: string; stop: () => Promise<void> }> {
  const server = createHttpServer((_request, response) => response.end('{}'));
  const url = `http://127.0.0.1:${await listen(server)}/`;
  return { url, stop: closeFronts };
}

/** A certificate of the suite's own authority. */
export function issuedBySuite({ trust }: Subject, certificateRequest: CertificateRequest): Promise<IssuedCertificate> {
  const authority = {
    certificatePem: readFileSync(trust.caFile, 'utf8'),
    privateKeyPem: readFileSync(trust.caFile.replace(/\.crt$/, '.key'), 'utf8'),
  };
  return issueCertificate(authority, certificateRequest);
}

/** A certificate of an authority that nobody trusts. */
export async function issuedByStranger(certificateRequest: CertificateRequest): Promise<IssuedCertificate> {
  return issueCertificate(
    await createAuthority({ commonName: 'cryptoutil internal CA', days: 10 }),
    certificateRequest,
  );
}
