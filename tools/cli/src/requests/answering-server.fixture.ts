import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { authorityFile, certificateFiles, ensureCertificates } from '../trust/certificate-files.js';

/** What the server was asked. */
export interface Asked {
  readonly route: string;
  readonly body: any;
  /** Whether a certificate of the authority was shown. */
  readonly identified: boolean;
}

/** An HTTPS server with certificates of an authority of its own, which answers as a test wants. */
export interface AnsweringServer {
  readonly url: string;
  readonly caFile: string;
  readonly ops: { readonly certFile: string; readonly keyFile: string };
  readonly asked: Asked[];
  answer: (asked: Asked) => { status?: number; body?: unknown };
  close(): Promise<void>;
}

export async function answeringServer(): Promise<AnsweringServer> {
  const folder = mkdtempSync(join(tmpdir(), 'cryptoutil-answers-'));
  await ensureCertificates(folder, ['kms', 'ops']);
  const { certFile, keyFile } = certificateFiles(folder, 'kms');
  const [cert, key, ca] = [certFile, keyFile, authorityFile(folder)].map((file) => readFileSync(file));
  const server = createServer({ cert, key, ca, requestCert: true, rejectUnauthorized: false }, (request, response) => {
    let text = '';
    request.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    request.on('end', () => {
      const { authorized } = request.socket as TLSSocket;
      const asked = {
        route: `${request.method} ${request.url}`,
        body: text ? JSON.parse(text) : undefined,
        identified: authorized,
      };
      made.asked.push(asked);
      const { status = 200, body = {} } = made.answer(asked);
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
  });
  await new Promise<void>((settle) => server.listen(0, '127.0.0.1', settle));
  const made: AnsweringServer = {
    url: `https://localhost:${(server.address() as AddressInfo).port}`,
    caFile: authorityFile(folder),
    ops: certificateFiles(folder, 'ops'),
    asked: [],
    answer: () => ({}),
    async close() {
      server.closeAllConnections();
      await new Promise((settle) => server.close(settle));
      rmSync(folder, { recursive: true });
    },
  };
  return made;
}
