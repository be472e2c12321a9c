import type { ServerResponse } from 'node:http';
import { errorBody, type Answer } from './answer.js';
import type { OutgoingResponse } from './request.js';

/** On everything that the listener sends. */
export const everywhere = [
  ...['Strict-Transport-Security', 'max-age=31536000; includeSubDomains; preload'],
  ...['X-Content-Type-Options', 'nosniff'],
  ...['X-Frame-Options', 'DENY'],
  ...['Referrer-Policy', 'strict-origin-when-cross-origin'],
  ...['Permissions-Policy', 'camera=(), geolocation=(), microphone=(), payment=(), usb=()'],
  ...['Content-Security-Policy', "default-src 'none'; frame-ancestors 'none'"],
  ...['Cache-Control', 'no-store'],
];

export interface ResponseContext {
  readonly requestId: string;
  /** Of CORS. */
  readonly headers?: readonly string[];
  /** HTTP/1 only: no further request on this connection. */
  readonly close?: boolean;
}

/** Sends an answer with the headers that every answer has. */
export function respond(response: OutgoingResponse, answer: Answer, context: ResponseContext): void {
  const body = answer.error ? errorBody(answer.error, context.requestId) : answer.body;
  const length = Buffer.byteLength(body);
  const headers = everywhere.concat('X-Request-Id', context.requestId, context.headers ?? [], answer.headers ?? []);
  if (answer.status !== 204) {
    headers.push('Content-Type', answer.contentType ?? 'application/json');
    headers.push('Content-Length', String(length));
  }
  const challenge = challengeOf(answer);
  if (challenge !== undefined) headers.push('WWW-Authenticate', challenge);
  if (context.close) headers.push('Connection', 'close');
  // Both kinds of response take names and values in turn; only one of the types says so for this overload.
  (response as ServerResponse).writeHead(answer.status, headers);
  if (answer.status === 204) (response as ServerResponse).end();
  // Text without multi-byte characters is the same in both encodings, and cheaper to write in this one.
  else (response as ServerResponse).end(body, length === body.length ? 'latin1' : 'utf8');
}

/**
 * What is missing (RFC 9110 §11.6.1): the credentials of a client, which it may show by HTTP Basic (RFC 6749 §5.2), or a token; of a token
 * that was presented, what is wrong with it (RFC 6750 §3.1).
 */
function challengeOf({ status, error, errorType }: Answer): string | undefined {
  if (status !== 401 && status !== 403) return undefined;
  if (errorType === 'invalid_credentials') return `Basic realm="${REALM}"`;
  const code = tokenErrors.get(errorType ?? '');
  const why = code === undefined ? '' : `, error="${code}", error_description="${error?.description}"`;
  return `Bearer realm="${REALM}"${why}`;
}

const REALM = 'auth-server';
const tokenErrors: ReadonlyMap<string, string> = new Map([
  ['invalid_token', 'invalid_token'],
  ['scope_mismatch', 'insufficient_scope'],
]);

/** The same as bytes, for a connection on which no request could be read. */
export function rawRefusal(answer: Answer, requestId: string, reason: string): string {
  const body = errorBody(answer.error!, requestId);
  const lines = [`HTTP/1.1 ${answer.status} ${reason}`, 'Connection: close', `X-Request-Id: ${requestId}`];
  for (let at = 0; at < everywhere.length; at += 2) lines.push(`${everywhere[at]}: ${everywhere[at + 1]}`);
  lines.push('Content-Type: application/json', `Content-Length: ${Buffer.byteLength(body)}`);
  return `${lines.join('\r\n')}\r\n\r\n${body}`;
}
