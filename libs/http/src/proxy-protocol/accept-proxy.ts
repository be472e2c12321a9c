import type { Server, Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Logger } from '@cryptoutil/telemetry';
import { parseProxyHeader } from './parse-header.js';
import { trustedPeers } from './trusted-peers.js';

/** A proxy sends its header at once; the specification asks for at least 3 s, for a packet that is lost. */
const DEADLINE_MS = 5_000;

export interface ProxyOptions {
  /** Address ranges of the proxies. None: the protocol is not spoken at all. */
  readonly trusted: readonly string[];
  readonly logger: Logger;
  /** Time for the header, in milliseconds; default 5,000. */
  readonly deadlineMs?: number;
}

/**
 * Makes a TLS server learn its clients' addresses from proxies that pass TLS through (PROXY protocol, version 1 or 2). A connection from
 * a trusted range must begin with a header, or it is closed; one from elsewhere is a client's own, and a header in it is not read (TLS
 * refuses it). The address is what `socket.remoteAddress` says from then on. Call it before the server listens.
 */
export function acceptProxyHeaders(server: Server, { trusted, logger, deadlineMs = DEADLINE_MS }: ProxyOptions): void {
  if (trusted.length === 0) return;
  const isTrusted = trustedPeers(trusted);
  const clients = new Map<string, string>();
  // What node:tls and node:http do with a new connection comes after the header has been read.
  const listeners = server.listeners('connection');
  server.removeAllListeners('connection');
  const passOn = (socket: Socket): void => listeners.forEach((listener) => listener.call(server, socket) as unknown);

  server.on('connection', (socket: Socket) => {
    const peer = socket.remoteAddress ?? '';
    if (!isTrusted(peer)) return passOn(socket);
    const connection = connectionOf(socket);
    readHeader(socket, deadlineMs, (refusal, address) => {
      if (refusal !== undefined) {
        logger.warn(
          { peer, reason: refusal },
          'a connection from a proxy was refused: it did not begin with a PROXY header',
        );
        return socket.destroy();
      }
      if (address !== undefined) {
        clients.set(connection, address);
        socket.once('close', () => clients.delete(connection));
      }
      passOn(socket);
    });
  });
  // The socket of TLS asks the system for its peer, which is the proxy.
  server.prependListener('secureConnection', (socket: TLSSocket) => {
    const address = clients.get(connectionOf(socket));
    if (address !== undefined) Object.defineProperty(socket, 'remoteAddress', { value: address, configurable: true });
  });
}

/** The same for a socket and the socket of TLS on it, and for no other open connection of one server. */
const connectionOf = ({ remoteAddress, remotePort, localAddress }: Socket): string =>
  `${remoteAddress} ${remotePort} ${localAddress}`;

/** Takes the header from the beginning of a connection and leaves the rest to be read by others. */
function readHeader(
  socket: Socket,
  deadlineMs: number,
  done: (refusal: string | undefined, address?: string) => void,
): void {
  let bytes: Buffer = Buffer.alloc(0);
  const finish = (refusal: string | undefined, address?: string): void => {
    clearTimeout(deadline);
    socket.off('readable', read).off('end', ended).off('error', ended).off('close', ended);
    // An error of a connection that is given up, or taken over, has its own listeners there.
    if (refusal !== undefined) socket.on('error', () => undefined);
    done(refusal, address);
  };
  const read = (): void => {
    const chunk = socket.read() as Buffer | null;
    if (chunk === null) return;
    bytes = bytes.length === 0 ? chunk : Buffer.concat([bytes, chunk]);
    const header = parseProxyHeader(bytes);
    if (header.kind === 'incomplete') return;
    if (header.kind === 'refused') return finish(header.reason);
    const rest = bytes.subarray(header.length);
    if (rest.length > 0) socket.unshift(rest);
    finish(undefined, header.address);
  };
  const ended = (): void => finish('the connection ended');
  const deadline = setTimeout(() => finish('no header in time'), deadlineMs);
  socket.on('readable', read).once('end', ended).once('error', ended).once('close', ended);
}
