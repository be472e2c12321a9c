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

/** The times of production in small. The client is told 4 s, and lets go of an idle connection after 3; the rest is for a busy machine. */
const KEPT_MS = 4_000;
const TIMES = { noticeMs: 500, idleMs: KEPT_MS + 1_500, graceMs: 10_000 };
/**
 * Clients, proxy and replicas are one process here. One that stood still for longer than this has used up the times above, which are
 * tens of seconds in production: what failed meanwhile says nothing, and another round is made.
 */
const STOOD_STILL_MS = 300;
const ROUNDS = 4;

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

  /** Replaces both replicas under load. */
  const replaceBoth = async () => {
    const first = await start();
    const second = await start();
    // Without a time of its own, the agent would not heed the server's (nodejs/node, Agent#keepSocketAlive).
    const agent = new Agent({ keepAlive: true, timeout: 30_000, ca: pki.ca });
    const outcome = { failures: [] as unknown[], reused: 0, stoodStillMs: 0 };
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
          outcome.reused += sent.reusedSocket ? 1 : 0;
        } catch (error) {
          outcome.failures.push(error);
        }
        await delay(pauseMs());
      }
    };
    const watch = async (): Promise<void> => {
      while (going) {
        const before = performance.now();
        await delay(20);
        outcome.stoodStillMs = Math.max(outcome.stoodStillMs, performance.now() - before - 20);
      }
    };
    const busy = [() => 0, () => 20, () => 300, () => Math.random() * 3_000];
    const idle = Array.from({ length: 30 }, () => () => 400 + Math.random() * 590);
    const workers = [...[...busy, ...idle].map(load), watch()];
    for (const old of [first, second]) {
      await start();
      const enough = answers + 150;
      while (answers < enough) await delay(20);
      await Promise.all([old.stopping.begin(TIMES), closeGracefully(httpsDoor(old.server), TIMES)]);
    }
    going = false;
    await Promise.all(workers);
    agent.destroy();
    for (const { server } of replicas.splice(0)) server.close();
    return outcome;
  };

  it('fails no request on kept connections, busy or idle', async () => {
    let outcome = await replaceBoth();
    for (let round = 1; round < ROUNDS && outcome.stoodStillMs > STOOD_STILL_MS; round += 1)
      outcome = await replaceBoth();
    expect(outcome.failures).toEqual([]);
    expect(outcome.reused).toBeGreaterThan(100);
  }, 120_000);
});
