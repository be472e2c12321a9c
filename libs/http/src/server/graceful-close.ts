import type { Server } from 'node:https';
import { Server as NetServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { StopTimes } from './stopping.js';

const POLL_MS = 50;

/** A listener that can be closed without cutting anybody off. */
export interface Door {
  readonly server: NetServer;
  /** From now on every answer tells its client that the connection ends with it (RFC 9112 §9.6). */
  sayGoodbye(): void;
  /** Called when nobody can come in any more. */
  closed?(): void;
  /** Ends the connections without a request in flight. */
  endIdle(): void;
  /** Ends all connections. */
  cut(): void;
}

/** The listener of node:https. */
export const httpsDoor = (server: Server): Door => ({
  server,
  sayGoodbye: () =>
    void server.prependListener('request', (_request, response) => {
      response.setHeader('Connection', 'close');
    }),
  endIdle: () => server.closeIdleConnections(),
  cut: () => server.closeAllConnections(),
});

/**
 * Goes on accepting for the time of notice, then stops that, and ends each connection after its next answer, or once it has been idle for
 * so long that its client does not use it any more; what is in flight may end. Never rejects; resolves when no connection is left, after
 * the time of grace at the latest.
 */
export async function closeGracefully(door: Door, { noticeMs, idleMs, graceMs }: StopTimes): Promise<void> {
  const { server } = door;
  if (!server.listening) return;
  door.sayGoodbye();
  let sweeper: NodeJS.Timeout | undefined;
  const idle = setTimeout(() => {
    door.endIdle();
    sweeper = setInterval(() => door.endIdle(), POLL_MS);
  }, idleMs);
  const axe = setTimeout(() => door.cut(), graceMs);
  if (noticeMs > 0) await delay(noticeMs);
  // The close of node:http would cut connections that are idle at this moment, whatever is on its way to them.
  const closed = new Promise<void>((resolve) => NetServer.prototype.close.call(server, () => resolve()));
  door.closed?.();
  await closed;
  clearTimeout(idle);
  clearInterval(sweeper);
  clearTimeout(axe);
}
