import { once } from 'node:events';
import { Agent, createServer, request, type Server } from 'node:https';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { specPki, type SpecPki } from '../../spec/test-service.js';
import { closeGracefully, httpsDoor } from './graceful-close.js';
import { Stopping } from './stopping.js';
import { tcpProxy } from './tcp-proxy.fixture.js';

/** The times of production in small. The client is told 4 s, and here uses a connection for 1 s; the rest is for a busy machine. */
const KEPT_MS = 4_000;
const TIMES = { noticeMs: 500, idleMs: KEPT_MS + 1_500, graceMs: 10_000 };

interface Replica {
  readonly port: number;
  readonly stopping: Stopping;
  readonly server: Server;
}

describe('stopping and starting one of two replicas behind a balancer', () => {
  let pki: SpecPki;
  let replicas: Replica[];
  let proxy: Awaited<ReturnType<typeof tcpProxy>>;

  const start = async (): Promise<Replica> => {
    const { cert, key } = pki.tls.current;
    const stopping = new Stopping();
    const server = createServer({ cert, key, keepAliveTimeout: KEPT_MS }, (_request, response) => {
      setTimeout(() => response.end('ok'), 5);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const replica = { server, stopping, port: (server.address() as AddressInfo).port };
    replicas.push(replica);
    return replica;
  };

  beforeEach(async () => {
    pki = await specPki();
    replicas = [];
    // What a health check would tell the balancer.
    proxy = await tcpProxy(() => replicas.filter(({ stopping }) => !stopping.hasBegun).map(({ port }) => port));
  });
  afterEach(async () => {
    proxy.close();
    for (const { server } of replicas) server.closeAllConnections();
    await pki.close();
  });

  it('fails no request on kept connections, busy or idle', async () => {
    const first = await start();
    const second = await start();
    const agent = new Agent({ keepAlive: true, ca: pki.ca });
    const failures: unknown[] = [];
    let reused = 0;
    let answers = 0;
    let going = true;
    const load = async (pauseMs: () => number): Promise<void> => {
      while (going) {
        const sent = request({ host: 'localhost', port: proxy.port, agent }).end();
        try {
          const [answer] = (await once(sent, 'response')) as [IncomingMessage];
          answer.resume();
          await once(answer, 'end');
          answers += 1;
          reused += sent.reusedSocket ? 1 : 0;
        } catch (error) {
          failures.push(error);
        }
        await delay(pauseMs());
      }
    };
    const busy = [() => 0, () => 20, () => 300, () => Math.random() * 3_000];
    const idle = Array.from({ length: 30 }, () => () => 400 + Math.random() * 590);
    const workers = [...busy, ...idle].map(load);
    for (const old of [first, second]) {
      await start();
      const enough = answers + 150;
      while (answers < enough) await delay(20);
      await Promise.all([old.stopping.begin(TIMES), closeGracefully(httpsDoor(old.server), TIMES)]);
    }
    going = false;
    await Promise.all(workers);
    for (const { server, stopping } of replicas) if (!stopping.hasBegun) server.close();
    agent.destroy();
    expect(failures).toEqual([]);
    expect(reused).toBeGreaterThan(100);
  });
});
