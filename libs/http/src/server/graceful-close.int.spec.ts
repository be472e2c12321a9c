import { once } from 'node:events';
import { createServer, request, Agent, type Server } from 'node:https';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { specPki, type SpecPki } from '../../spec/test-service.js';
import { closeGracefully, httpsDoor } from './graceful-close.js';
import { serverLimits } from './server-limits.js';
import { promptStop, unhurriedStop } from './stopping.js';

describe('closing a listener', () => {
  let server: Server;
  let agent: Agent;
  let pki: SpecPki;
  beforeEach(async () => {
    pki = await specPki();
    const { cert, key } = pki.tls.current;
    server = createServer({ cert, key }, (_request, response) => {
      // With a list, as direct routes do: it has to be joined with what was set before.
      response.writeHead(200, ['Content-Length', '2']).end('ok');
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    agent = new Agent({ keepAlive: true, maxSockets: 1 });
  });
  afterEach(async () => {
    agent.destroy();
    server.closeAllConnections();
    await pki.close();
  });

  const ask = async (): Promise<IncomingMessage> => {
    const { port } = server.address() as AddressInfo;
    const sent = request({ host: 'localhost', port, ca: pki.ca, agent }).end();
    const [answer] = (await once(sent, 'response')) as [IncomingMessage];
    answer.resume();
    await once(answer, 'end');
    return answer;
  };

  it('answers the next request of a kept connection and says there that it was the last (RFC 9112 §9.6)', async () => {
    const port = (server.address() as AddressInfo).port;
    expect((await ask()).headers.connection).not.toBe('close');
    const closed = closeGracefully(httpsDoor(server), promptStop());
    const sent = request({ host: 'localhost', port, ca: pki.ca, agent }).end();
    const [answer] = (await once(sent, 'response')) as [IncomingMessage];
    expect([answer.statusCode, answer.headers.connection, sent.reusedSocket]).toEqual([200, 'close', true]);
    answer.resume();
    await closed;
  });

  it('does not wait for the whole grace when a kept connection stays idle', async () => {
    await ask();
    await expect(closeGracefully(httpsDoor(server), promptStop())).resolves.toBeUndefined();
  });

  it('still lets clients in during the time of notice, and tells them to go', async () => {
    const closed = closeGracefully(httpsDoor(server), { ...unhurriedStop(), noticeMs: 300 });
    expect((await ask()).headers.connection).toBe('close');
    await closed;
    expect(server.listening).toBe(false);
  });

  it('leaves the times in an order that makes sense, however short the grace is', () => {
    for (const graceMs of [30_000, 10_000, 50]) {
      const { noticeMs, idleMs } = unhurriedStop(graceMs);
      expect(noticeMs).toBeLessThanOrEqual(idleMs);
      expect(idleMs).toBeLessThanOrEqual(graceMs);
    }
    expect(unhurriedStop().idleMs).toBeGreaterThan(serverLimits.keepAliveTimeout + 1_000);
  });
});
