import type { EventEmitter } from 'node:events';
import { STATUS_CODES, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { uuid } from '@cryptoutil/crypto';
import { meter, type Logger } from '@cryptoutil/telemetry';
import { TokenBucket } from '../limits/token-bucket.js';
import { Problem } from '../problem/problem.js';
import { fixedHeaders } from './security-headers.js';

/** Lines in the log: so many at once, then one in two seconds; the next one tells how many were left out. */
const LINES = { perSecond: 0.5, burst: 20 };
/** How long a peer may take to read its answer, in milliseconds. */
const LINGER_MS = 1_000;
/** By the code of the error; 400 for all others. */
const statuses: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};
const documents: Readonly<Record<number, [code: string, detail: string]>> = {
  400: ['invalid_request', 'This is not a request of HTTP/1.1.'],
  408: ['request_timeout', 'The request did not come to its end in time.'],
  413: ['payload_too_large', 'The extensions of the chunks are too long.'],
  431: ['headers_too_large', 'The request line and the headers are too long.'],
  501: ['not_implemented', 'This is no proxy.'],
};

/** The whole answer to what could not be read as a request, head and body. */
export type WriteRefusal = (status: number, requestId: string) => string;

/**
 * Answers what node:http refuses before anybody sees a request (framing, sizes, times): with the security headers, an id, a count and a line in
 * the log, neither of which holds anything of what was sent.
 */
export class Unreadable {
  private readonly lines: TokenBucket;
  private leftOut = 0;
  /** Connections whose last answer is on its way. */
  private readonly ended = new WeakSet<Socket>();
  private readonly refused = meter().createCounter('cryptoutil.http.unreadable', {
    description: 'What was answered without having been read as a request, by status and by what was wrong',
  });

  constructor(
    private readonly logger: Logger,
    private readonly write: WriteRefusal = rawProblem,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.lines = new TokenBucket(LINES, now());
  }

  /** Takes over from node:http at this server. */
  watch(server: EventEmitter): void {
    server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
      // What follows the first fault of a connection is not read any more.
      if (socket.writableEnded) return;
      const reason = error.code ?? '';
      // The peer went away, or has a part of another answer already.
      if (!isRefusal(reason) || !socket.writable || hasBegunToAnswer(socket)) return void socket.destroy();
      this.refuse(socket, statuses[reason] ?? 400, reason);
    });
  }

  /** `reason`: of a short list, for the count and the log. */
  refuse(socket: Socket, status: number, reason: string): void {
    const requestId = this.tell(status, reason, socket);
    socket.end(this.write(status, requestId));
    // Closing with something unread would reset the connection, and the peer might never see the answer.
    socket.resume();
    setTimeout(() => socket.destroy(), LINGER_MS).unref();
  }

  /** Refuses a request that came without Host (RFC 9112 §3.2), in its turn among those of its connection, and what comes behind it. False: it may be served. */
  refuseWithoutHost(request: IncomingMessage, response: ServerResponse): boolean {
    // What comes behind a refused request is none (RFC 9112 §9.6).
    if (this.ended.has(request.socket)) return true;
    if (request.headers.host !== undefined || request.httpVersion !== '1.1') return false;
    this.ended.add(request.socket);
    const { headers, body } = problemAnswer(400, this.tell(400, 'HOST_MISSING', request.socket));
    response.writeHead(400, headers).end(body);
    return true;
  }

  private tell(status: number, reason: string, { remoteAddress: address }: Socket): string {
    const requestId = uuid();
    this.refused.add(1, { status, reason });
    if (this.lines.take(this.now())) {
      const further = this.leftOut === 0 ? undefined : this.leftOut;
      this.leftOut = 0;
      this.logger.info({ request_id: requestId, status, reason, address, further }, 'refused what is no request');
    } else this.leftOut += 1;
    return requestId;
  }
}

/** Errors of the parser and of the watch over time; others are those of the connection. */
const isRefusal = (code: string): boolean => code.startsWith('HPE_') || code.startsWith('ERR_HTTP_');

/** node:http keeps the answer that a connection waits for there. */
const hasBegunToAnswer = (socket: Socket): boolean =>
  (socket as { _httpMessage?: ServerResponse | null })._httpMessage?.headersSent === true;

function problemAnswer(status: number, requestId: string): { headers: string[]; body: string } {
  const [code, detail] = documents[status]!;
  const body = JSON.stringify({ ...new Problem({ status, code, detail }).document(), request_id: requestId });
  const own = ['Content-Type', 'application/problem+json; charset=utf-8', 'X-Request-Id', requestId];
  const framing = ['Content-Length', String(Buffer.byteLength(body)), 'Connection', 'close'];
  return { headers: [...fixedHeaders.flat(), ...own, ...framing], body };
}

function rawProblem(status: number, requestId: string): string {
  const { headers, body } = problemAnswer(status, requestId);
  const lines = [`HTTP/1.1 ${status} ${STATUS_CODES[status]}`, `Date: ${new Date().toUTCString()}`];
  for (let at = 0; at < headers.length; at += 2) lines.push(`${headers[at]}: ${headers[at + 1]}`);
  return `${lines.join('\r\n')}\r\n\r\n${body}`;
}
