import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';

export type IncomingRequest = IncomingMessage | Http2ServerRequest;
export type OutgoingResponse = ServerResponse | Http2ServerResponse;

/** What a route gets to see of a request. */
export interface GatewayRequest {
  readonly incoming: IncomingRequest;
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  /** Undefined when there is none. */
  readonly body: Uint8Array | undefined;
  /** The address of the peer; of IPv6 its /64. */
  readonly address: string;
}

/**
 * The Authorization header; of several, all values joined by a comma, which is no credential. Node keeps the first one only, and the
 * server behind a gateway may read another.
 */
export function authorization(request: GatewayRequest): string | undefined {
  const { headers, rawHeaders } = request.incoming;
  let count = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]!;
    if (name.length === 13 && name.toLowerCase() === 'authorization') count += 1;
  }
  if (count < 2) return headers.authorization;
  return rawHeaders.filter((_, at) => at % 2 === 1 && rawHeaders[at - 1]!.toLowerCase() === 'authorization').join(', ');
}

/** A header that is there once; of one sent several times, all values joined by a comma. */
export function header(request: GatewayRequest, name: string): string | undefined {
  const value = request.incoming.headers[name];
  return typeof value === 'string' ? value : value?.join(', ');
}

/** Whether a body may follow: HTTP/1 says so in its headers, HTTP/2 by not ending the stream with them. */
export function hasBody(incoming: IncomingRequest): boolean {
  if ('stream' in incoming) return !incoming.stream.endAfterHeaders;
  const { 'content-length': length, 'transfer-encoding': encoding } = incoming.headers;
  return encoding !== undefined || (length !== undefined && length !== '0');
}
