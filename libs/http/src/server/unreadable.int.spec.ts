import { once } from 'node:events';
import { createServer, Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { connect as connectTcp } from 'node:net';
import { connect } from 'node:tls';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Controller, Get, Module, Post } from '@nestjs/common';
import { createLogger } from '@cryptoutil/telemetry';
import { specPki, specService, type SpecPki, type SpecService } from '../../spec/test-service.js';
import { AccessModule, Public } from '../index.js';
import { fixedHeaders } from './security-headers.js';
import { Unreadable } from './unreadable.js';

const handled: string[] = [];

@Public()
@Controller()
class RoutesController {
  @Get('any')
  any(): unknown {
    handled.push('any');
    return { ok: true };
  }

  @Post('any')
  post(): unknown {
    handled.push('post');
    return { ok: true };
  }
}

@Module({ imports: [AccessModule.forRoot()], controllers: [RoutesController] })
class RoutesModule {}

const next = 'GET /any HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n';
const SECRET = 'canary-4711';

const collect = async (socket: Socket): Promise<string> => {
  let text = '';
  socket.on('error', () => undefined).setEncoding('latin1');
  socket.on('data', (chunk: string) => (text += chunk));
  await once(socket, 'close');
  return text;
};

/** The parts of an answer that is the only one. */
const answerOf = (text: string) => {
  expect(text.match(/HTTP\/1\.1 \d/g)).toHaveLength(1);
  const [head = '', body = ''] = text.split('\r\n\r\n');
  const [status = '', ...lines] = head.split('\r\n');
  const headers = Object.fromEntries(
    lines.map((line) => [line.split(': ')[0]!.toLowerCase(), line.split(': ').slice(1).join(': ')]),
  );
  expect(Number(headers['content-length'])).toBe(Buffer.byteLength(body));
  return { status: Number(status.split(' ')[1]), headers, problem: JSON.parse(body) as Record<string, unknown> };
};

describe('what cannot be read as a request', () => {
  let pki: SpecPki;
  let service: SpecService;
  beforeAll(async () => {
    pki = await specPki();
    service = await specService(pki, { module: RoutesModule });
  });
  beforeEach(() => void handled.splice(0));
  afterAll(async () => {
    await service.close();
    await pki.close();
  });

  /** Everything that comes back until the connection ends. */
  const exchange = (bytes: string): Promise<string> => {
    const socket = connect({ port: Number(new URL(service.url).port), servername: 'localhost', ca: pki.ca });
    socket.write(bytes, 'latin1');
    return collect(socket);
  };

  it.each<[string, number, string, string]>([
    [
      'two lengths',
      400,
      'invalid_request',
      'POST /any HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello',
    ],
    [
      'length and chunks',
      400,
      'invalid_request',
      'POST /any HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    ],
    ['NUL in a header', 400, 'invalid_request', `GET /any HTTP/1.1\r\nHost: x\r\nX-A: ${SECRET}\0c\r\n\r\n`],
    ['no HTTP at all', 400, 'invalid_request', `${SECRET}\r\n\r\n`],
    ['no Host', 400, 'invalid_request', `GET /any?${SECRET} HTTP/1.1\r\n\r\n`],
    [
      'headers of 17 KiB',
      431,
      'headers_too_large',
      `GET /any HTTP/1.1\r\nHost: x\r\nX-A: ${SECRET.repeat(1_600)}\r\n\r\n`,
    ],
    ['a tunnel in mind', 501, 'not_implemented', `CONNECT ${SECRET}:443 HTTP/1.1\r\nHost: x\r\n\r\n`],
  ])(
    'is refused with the security headers of every answer, and so is what comes behind it: %s',
    async (_what, status, code, bytes) => {
      const answer = answerOf(await exchange(bytes + next));
      expect([answer.status, answer.problem['code'], answer.problem['status']]).toEqual([status, code, status]);
      for (const [name, value] of fixedHeaders)
        expect([name, answer.headers[name.toLowerCase()]]).toEqual([name, value]);
      expect(answer.headers).toMatchObject({
        connection: 'close',
        date: expect.stringMatching(/ GMT$/),
        'content-type': 'application/problem+json; charset=utf-8',
        'x-request-id': answer.problem['request_id'],
      });
      expect(handled).toEqual([]);
      const line = service.log.find(({ request_id }) => request_id === answer.problem['request_id']);
      expect(line).toMatchObject({ status, reason: expect.any(String), address: '127.0.0.1' });
      expect(JSON.stringify(service.log)).not.toContain(SECRET);
    },
  );

  it('is not everything that is rare: expectations are left aside, HTTP/1.0 needs no Host', async () => {
    for (const request of [next.replace('Host', `Expect: ${SECRET}\r\nHost`), 'GET /any HTTP/1.0\r\n\r\n']) {
      const { status, headers } = answerOf(await exchange(request));
      expect([status, headers['strict-transport-security']]).toEqual([200, expect.any(String)]);
    }
    expect(handled).toEqual(['any', 'any']);
  });

  it('is answered in its turn when only Host is missing', async () => {
    const text = await exchange(`GET /any HTTP/1.1\r\nHost: x\r\n\r\nGET /any HTTP/1.1\r\n\r\n${next}`);
    expect(text.match(/HTTP\/1\.1 \d{3}/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 400']);
    expect(handled).toEqual(['any']);
  });

  it('is refused when a body stops being one', async () => {
    const text = await exchange(
      'POST /any HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n',
    );
    expect(answerOf(text)).toMatchObject({ status: 400, problem: { code: 'invalid_request' } });
    expect(handled).toEqual([]);
  });
});

describe('the log of what cannot be read as a request', () => {
  it('is bounded and tells how much was left out; a request that takes too long is 408', async () => {
    const log: Record<string, unknown>[] = [];
    const destination = { write: (line: string) => void log.push(JSON.parse(line) as Record<string, unknown>) };
    let now = 0;
    const unreadable = new Unreadable(createLogger({ service: 'test', destination }), undefined, () => now);
    const server: Server = createServer({ headersTimeout: 50, requestTimeout: 50, connectionsCheckingInterval: 10 });
    unreadable.watch(server);
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const exchange = (bytes: string) => {
      const socket = connectTcp((server.address() as AddressInfo).port, '127.0.0.1');
      socket.write(bytes);
      return collect(socket);
    };
    for (let time = 0; time < 50; time += 1) answerOf(await exchange('nonsense\r\n\r\n'));
    expect(log).toHaveLength(20);
    now += 2_000;
    expect(answerOf(await exchange('GET /any HTTP/1.1\r\nHost: '))).toMatchObject({
      status: 408,
      problem: { code: 'request_timeout' },
    });
    expect(log).toHaveLength(21);
    expect(log[20]).toMatchObject({ status: 408, reason: 'ERR_HTTP_REQUEST_TIMEOUT', further: 30 });
    server.close();
  });
});
