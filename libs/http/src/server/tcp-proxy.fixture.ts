import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** What a byte takes to the other side: long enough for a client to use a connection that is being closed at the other end. */
const LAG_MS = 100;

/** A proxy that passes bytes on, as a balancer in front of TLS does: to each healthy replica in turn, to another when one refuses. */
export async function tcpProxy(replicas: () => readonly number[]): Promise<{ port: number; close(): void }> {
  let turn = 0;
  const open = new Set<Socket>();
  const server = createServer((client) => {
    open.add(client.on('error', () => undefined).once('close', () => open.delete(client)));
    const candidates = replicas();
    turn += 1;
    const attempt = (tries: number): void => {
      const port = candidates[(turn + tries) % candidates.length];
      if (port === undefined || tries > candidates.length) return void client.destroy();
      const upstream = connect(port, '127.0.0.1');
      const refused = (): void => attempt(tries + 1);
      upstream.once('error', refused).once('connect', () => {
        upstream.off('error', refused).on('error', () => client.destroy());
        client.once('close', () => upstream.destroy());
        passOn(client, upstream);
        passOn(upstream, client);
      });
    };
    attempt(0);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    close: () => {
      server.close();
      open.forEach((socket) => socket.destroy());
    },
  };
}

function passOn(from: Socket, to: Socket): void {
  from
    .on('data', (chunk) => setTimeout(() => to.destroyed || to.write(chunk), LAG_MS))
    .on('end', () => setTimeout(() => to.end(), LAG_MS));
}
