import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Server } from 'node:https';
import { Server as NetServer } from 'node:net';

const POLL_MS = 50;
/** A client that uses its connection sends the next request within this time, and is told to let it go. */
const LINGER_MS = 1_000;

/**
 * Stops accepting, lets requests in flight end for at most `graceMs`, then cuts the connections that are left. Never rejects. An open
 * connection is closed after the answer to its next request, which says so (RFC 9112 §9.6); those on which none came for a second are
 * closed as they are. So a client that is just sending one loses nothing.
 */
export async function closeGracefully(server: Server, graceMs = 30_000): Promise<void> {
  if (!server.listening) return;
  server.prependListener('request', sayGoodbye);
  // The close of node:http would cut connections that are idle at this moment, whatever is on its way to them.
  const closed = new Promise<void>((resolve) => NetServer.prototype.close.call(server, () => resolve()));
  let sweeper: NodeJS.Timeout | undefined;
  const linger = setTimeout(
    () => {
      server.closeIdleConnections();
      sweeper = setInterval(() => server.closeIdleConnections(), POLL_MS);
    },
    Math.min(LINGER_MS, graceMs),
  );
  const axe = setTimeout(() => server.closeAllConnections(), graceMs);
  await closed;
  clearTimeout(linger);
  clearInterval(sweeper);
  clearTimeout(axe);
}

function sayGoodbye(_request: IncomingMessage, response: ServerResponse): void {
  response.setHeader('Connection', 'close');
}
