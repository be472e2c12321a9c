import type { Server } from 'node:https';

const POLL_MS = 50;

/** Stops accepting, lets requests in flight end for at most `graceMs`, then cuts the connections that are left. Never rejects. */
export async function closeGracefully(server: Server, graceMs = 30_000): Promise<void> {
  if (!server.listening) return;
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  // A kept-alive connection becomes idle only when its answer is out.
  const sweeper = setInterval(() => server.closeIdleConnections(), POLL_MS);
  const axe = setTimeout(() => server.closeAllConnections(), graceMs);
  server.closeIdleConnections();
  await closed;
  clearInterval(sweeper);
  clearTimeout(axe);
}
