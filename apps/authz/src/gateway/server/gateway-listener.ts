import { createServer as createHttpServer, type Server as HttpServer } from 'node:http';
import { createSecureServer, type Http2SecureServer, type ServerHttp2Session } from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import { ConfigurationError } from '@cryptoutil/config';
import { uuid } from '@cryptoutil/crypto';
import { acceptProxyHeaders, closeGracefully, Unreadable, type StopTimes } from '@cryptoutil/http';
import { serverTlsOptions, type CertificateStore } from '@cryptoutil/pki';
import type { Logger } from '@cryptoutil/telemetry';
import type { GatewayApi } from './gateway-api.js';
import type { IncomingRequest, OutgoingResponse } from './request.js';
import { everywhere } from './respond.js';

export interface ListenerSettings {
  readonly host: string;
  readonly port: number;
  /** Without trailing slash. */
  readonly publicUrl: string;
  readonly redirectPort: number | undefined;
  /** Address ranges of proxies that say where clients are by the PROXY protocol. */
  readonly trustedProxies: readonly string[];
}

const MAX_HEADER_BYTES = 16 * 1024;

/** What node:http understands and the types of node:http2 do not. A missing Host is refused by the API, with the error of the contract. */
const http1 = { maxHeaderSize: MAX_HEADER_BYTES, requireHostHeader: false };

/** How long peers may take, in milliseconds. */
export const patience = {
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  keepAliveTimeout: 20_000,
  connectionsCheckingInterval: 2_000,
  handshakeTimeout: 10_000,
};

/** The HTTPS listener of the API: HTTP/2 and HTTP/1.1 by ALPN, TLS as everywhere in the suite but without asking for certificates. */
export class GatewayListener {
  private server: Http2SecureServer | undefined;
  private redirect: HttpServer | undefined;
  private readonly sessions = new Set<ServerHttp2Session>();
  private readonly sockets = new Set<Socket>();
  private stopFollowing: (() => void) | undefined;
  private readonly unreadable: Unreadable;

  constructor(
    private readonly settings: ListenerSettings,
    private readonly certificates: CertificateStore,
    private readonly api: GatewayApi,
    private readonly logger: Logger,
    private readonly times = patience,
  ) {
    this.unreadable = new Unreadable(logger, (_status, requestId) => api.unreadable(requestId));
  }

  /** Base URL without trailing slash; with the real port when the settings said 0. */
  get url(): string {
    const { port, publicUrl } = this.settings;
    return port === 0 && this.server ? `https://localhost:${portOf(this.server)}` : publicUrl;
  }

  /** Base URL of the plain listener; undefined when there is none. */
  get redirectUrl(): string | undefined {
    return this.redirect && `http://localhost:${portOf(this.redirect)}`;
  }

  /** Rejects with ConfigurationError when the port is taken. */
  async listen(): Promise<void> {
    const { host, port, redirectPort } = this.settings;
    this.server = this.create();
    await listening(this.server, port, host, 'CRYPTOUTIL_AUTH_SERVICE_LISTEN_PORT');
    if (redirectPort === undefined) return;
    this.redirect = createHttpServer({ maxHeaderSize: MAX_HEADER_BYTES, ...this.times }, (request, response) => {
      request.resume();
      const target = request.url?.startsWith('/') ? request.url : '/';
      const headers = ['Location', `${this.url}${target}`, 'Content-Length', '0', 'Connection', 'close'];
      response.writeHead(308, [...everywhere, 'X-Request-Id', uuid(), ...headers]).end();
    });
    this.unreadable.watch(this.redirect);
    await listening(this.redirect, redirectPort, host, 'CRYPTOUTIL_AUTH_SERVICE_REDIRECT_PORT');
  }

  /** Stops along with the other listener of the process, by the same times. */
  async close(times: StopTimes): Promise<void> {
    const { server } = this;
    if (!server?.listening) return;
    await closeGracefully(
      {
        server,
        sayGoodbye: () => this.api.drain(),
        // HTTP/2 says by GOAWAY which requests were not taken on, so nothing is lost by doing it at once.
        closed: () => {
          this.stopFollowing?.();
          this.redirect?.close();
          this.redirect?.closeAllConnections();
          for (const session of this.sessions) session.close();
        },
        endIdle: () => closeIdle(server),
        cut: () => this.sockets.forEach((socket) => socket.destroy()),
      },
      times,
    );
  }

  private create(): Http2SecureServer {
    const tls = { ...serverTlsOptions(this.certificates), requestCert: false, ca: undefined };
    const server = createSecureServer(
      {
        ...tls,
        ...this.times,
        ...http1,
        allowHTTP1: true,
        maxSessionMemory: 10,
        settings: { maxConcurrentStreams: 250, maxHeaderListSize: MAX_HEADER_BYTES, enablePush: false },
      },
      (request, response) => this.api.handle(request, response),
    );
    // What is expected is left aside (RFC 9110 §10.1.1 lets a server do that), rather than answered without the headers of the contract.
    server.on('checkExpectation', (request: IncomingRequest, response: OutgoingResponse) =>
      this.api.handle(request, response),
    );
    server.maxConnections = 10_000;
    server.on('session', (session) => {
      this.sessions.add(session.once('close', () => this.sessions.delete(session)));
      session.on('error', () => session.destroy());
      session.setTimeout(this.times.keepAliveTimeout, () => session.close());
    });
    server.on('secureConnection', (socket) => {
      this.sockets.add(socket.once('close', () => this.sockets.delete(socket)));
    });
    this.unreadable.watch(server);
    server.on('tlsClientError', (_error, socket) => socket.destroy());
    this.stopFollowing = this.certificates.onChange(() =>
      server.setSecureContext({ ...serverTlsOptions(this.certificates) }),
    );
    acceptProxyHeaders(server, { trusted: this.settings.trustedProxies, logger: this.logger });
    return server;
  }
}

/** Node has it for HTTP/1 connections of an HTTP/2 server, its types do not. */
function closeIdle(server: Http2SecureServer): void {
  (server as unknown as { closeIdleConnections(): void }).closeIdleConnections();
}

const portOf = (server: Http2SecureServer | HttpServer): number => (server.address() as AddressInfo).port;

async function listening(
  server: Http2SecureServer | HttpServer,
  port: number,
  host: string,
  variable: string,
): Promise<void> {
  await new Promise<void>((settle, fail) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const taken = `Port ${port} on ${host} is taken by another program; set ${variable} to another one.`;
      fail(error.code === 'EADDRINUSE' ? new ConfigurationError([taken]) : error);
    });
    server.listen(port, host, settle);
  });
  server.removeAllListeners('error');
}
