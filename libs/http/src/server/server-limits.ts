import type { Server, ServerOptions } from 'node:https';

/** What one client may take of a listener, so that slow or greedy ones do not starve the others. Times in milliseconds, sizes in bytes. */
export const serverLimits = {
  /** Request line and headers together. */
  maxHeaderSize: 16 * 1024,
  /** From the first byte of a request to the end of its headers. */
  headersTimeout: 10_000,
  /** From the first byte of a request to the end of its body. */
  requestTimeout: 30_000,
  /** How long an idle connection is kept for a next request; clients are told. A stop waits for this long (`unhurriedStop`). */
  keepAliveTimeout: 20_000,
  /** How often the two first limits are looked after. */
  connectionsCheckingInterval: 2_000,
  /** The TLS handshake. */
  handshakeTimeout: 10_000,
} as const satisfies ServerOptions;

/** Bodies of JSON and forms; compressed ones are refused. */
export const BODY_LIMIT_BYTES = 64 * 1024;
const SOCKET_IDLE_MS = 60_000;
const MAX_HEADERS = 100;

/** Sets the limits that are properties of a server rather than options. */
export function applyServerLimits(server: Server, maxConnections: number): void {
  server.setTimeout(SOCKET_IDLE_MS);
  server.maxConnections = maxConnections;
  server.maxHeadersCount = MAX_HEADERS;
}
