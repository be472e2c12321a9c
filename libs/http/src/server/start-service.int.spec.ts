import { connect } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Controller, Get, Header, Module, Param, type OnApplicationShutdown } from '@nestjs/common';
import { specPki, specService, type SpecPki, type SpecService } from '../../spec/test-service.js';
import { AccessModule, Public } from '../index.js';
import { startFailure } from './run-main.js';

const events: string[] = [];
let release: () => void = () => undefined;

@Public()
@Controller()
class PlainController implements OnApplicationShutdown {
  @Get('plain/:secret')
  plain(@Param('secret') _secret: string): unknown {
    return { ok: true };
  }

  @Get('cached')
  @Header('Cache-Control', 'public, max-age=60')
  cached(): string {
    return 'x';
  }

  @Get('slow')
  async slow(): Promise<unknown> {
    events.push('slow begins');
    await new Promise<void>((resolve) => (release = resolve));
    events.push('slow ends');
    return { done: true };
  }

  @Get('stuck')
  stuck(): Promise<never> {
    events.push('stuck begins');
    return new Promise(() => undefined);
  }

  onApplicationShutdown(): void {
    events.push('shutdown');
  }
}

@Module({ imports: [AccessModule.forRoot()], controllers: [PlainController] })
class PlainModule {}

/** Resolves when the condition holds; jest's own timeout ends a wait in vain. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

describe('startService', () => {
  let pki: SpecPki;
  let service: SpecService;
  beforeAll(async () => {
    pki = await specPki();
    service = await specService(pki, {
      module: PlainModule,
      configure: (app) =>
        void app.use('/mounted', (request: { body: unknown }, response: { json(value: unknown): void }) => {
          response.json({ bodyParsed: request.body !== undefined });
        }),
    });
  });
  afterAll(async () => {
    await service.close();
    await pki.close();
  });

  it.each(['/plain/x', '/nowhere', '/mounted'])('sends the security headers with every answer (%s)', async (path) => {
    const { headers } = await service.call(path);
    expect(headers).toMatchObject({
      'strict-transport-security': 'max-age=31536000; includeSubDomains',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'content-security-policy': "default-src 'none';frame-ancestors 'none'",
      'permissions-policy': expect.stringContaining('camera=()'),
      'cache-control': 'no-store',
    });
    expect(headers).not.toHaveProperty('x-powered-by');
    expect(headers).not.toHaveProperty('etag');
  });

  it('lets a route that may be cached say so', async () => {
    expect((await service.call('/cached')).headers['cache-control']).toBe('public, max-age=60');
  });

  it('runs what is mounted before the body parsers', async () => {
    expect((await service.call('/mounted', { json: { a: 1 } })).json).toEqual({ bodyParsed: false });
  });

  it('keeps a well-formed X-Request-Id and replaces any other', async () => {
    const given = await service.call('/plain/x', { headers: { 'x-request-id': 'trace-0123.abc_D' } });
    expect(given.headers['x-request-id']).toBe('trace-0123.abc_D');
    for (const bad of ['short', 'x'.repeat(65), 'white space', '<script>alert', '-leading-dash', '{"a":1,"b":2}']) {
      const { headers } = await service.call('/plain/x', { headers: { 'x-request-id': bad } });
      expect(headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
    }
  });

  it('logs a line per request with the pattern of the route, without path segments and query', async () => {
    const { headers } = await service.call('/plain/challenge-4711?code=4712', { certificate: await pki.issue('idp') });
    const mine = () =>
      service.log.find(({ msg, request_id }) => msg === 'request' && request_id === headers['x-request-id']);
    await until(() => mine() !== undefined);
    expect(mine()).toMatchObject({
      method: 'GET',
      route: '/plain/:secret',
      status: 200,
      peer: 'idp',
      duration_ms: expect.any(Number),
    });
    expect(JSON.stringify(service.log)).not.toMatch(/471[12]/);
  });

  it('refuses TLS 1.1', async () => {
    const { port } = new URL(service.url);
    const socket = connect({
      port: Number(port),
      host: 'localhost',
      ca: pki.ca,
      minVersion: 'TLSv1.1',
      maxVersion: 'TLSv1.1',
      ciphers: 'DEFAULT@SECLEVEL=0',
    });
    const error = await new Promise<Error>((resolve) => socket.once('error', resolve));
    expect(error.message).toMatch(/protocol|alert/i);
  });

  it('serves others while one sends its headers byte by byte, and bounds headers', async () => {
    const { port } = new URL(service.url);
    const slow = connect({ port: Number(port), host: 'localhost', ca: pki.ca });
    await new Promise((resolve) => slow.once('secureConnect', resolve));
    slow.write('GET /plain/x HTTP/1.1\r\nHost: loc');
    expect((await service.call('/plain/x')).status).toBe(200);
    slow.destroy();
    const big = await service.call('/plain/x', { headers: { 'x-big': 'x'.repeat(17_000) } });
    expect(big.status).toBe(431);
  });

  it('says in one sentence that a port is taken, and leaves nothing open', async () => {
    const listenPort = Number(new URL(service.url).port);
    events.length = 0;
    const error: unknown = await specService(pki, {
      module: PlainModule,
      settings: { listenHost: '127.0.0.1', listenPort, publicUrl: service.url },
    }).catch((reason: unknown) => reason);
    expect(startFailure(error)).toEqual([
      `Port ${listenPort} on 127.0.0.1 is taken by another program; set CRYPTOUTIL_LISTEN_PORT to another one.`,
    ]);
    expect(events).toEqual(['shutdown']);
  });

  it('lets a request in flight end before it shuts the application down, and takes no new one', async () => {
    const other = await specService(pki, { module: PlainModule });
    events.length = 0;
    const answer = other.call('/slow');
    await until(() => events.includes('slow begins'));
    const closed = other.close();
    await expect(other.call('/plain/x')).rejects.toThrow(/ECONNREFUSED/);
    release();
    expect((await answer).json).toEqual({ done: true });
    await closed;
    expect(events).toEqual(['slow begins', 'slow ends', 'shutdown']);
  });

  it('cuts what does not end in time', async () => {
    const other = await specService(pki, { module: PlainModule, graceMs: 50 });
    events.length = 0;
    const answer = other.call('/stuck');
    const outcome = expect(answer).rejects.toThrow(/hang up|aborted|ECONNRESET/);
    await until(() => events.includes('stuck begins'));
    await Promise.all([other.close(), other.close()]);
    await outcome;
    expect(events.at(-1)).toBe('shutdown');
  });

  it('goes on accepting for a while after SIGTERM, answers each connection a last time, and then exits with 0', async () => {
    const code = new Promise((resolve) => {
      jest.spyOn(process, 'exit').mockImplementation(((given: unknown) => resolve(given)) as never);
    });
    const other = await specService(pki, { module: PlainModule, graceMs: 500 });
    const others = process.listeners('SIGTERM').slice(0, -1);
    others.forEach((listener) => process.off('SIGTERM', listener));
    process.emit('SIGTERM', 'SIGTERM');
    others.forEach((listener) => process.on('SIGTERM', listener));
    expect((await other.call('/plain/x')).headers.connection).toBe('close');
    expect(await code).toBe(0);
    await expect(other.call('/plain/x')).rejects.toThrow(/ECONNREFUSED/);
    jest.restoreAllMocks();
  });
});
