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

/** A header that is there once; of one sent several times, all values joined by a comma. */
export function header(request: GatewayRequest, name: string): string | undefined {
  const value = request.incoming.headers[name];
  return typeof value === 'string' ? value : value?.join(', ');
}
