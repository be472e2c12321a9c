import { connect as connectH2, type ClientHttp2Session } from 'node:http2';
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { promptStop } from '@cryptoutil/http';
import { CertificateStore } from '@cryptoutil/pki';
import { createLogger } from '@cryptoutil/telemetry';
import { testPki, type TestPki } from '@cryptoutil/testing';
import { LocalCounts } from '../limits/request-counts.js';
import { RateLimits } from '../limits/rate-limits.js';
import { GatewayMetrics } from '../metrics/gateway-metrics.js';
import { expositionOf } from '../metrics/snapshot.js';
import { json } from './answer.js';
import { Cors } from './cors.js';
import { GatewayApi } from './gateway-api.js';
import { GatewayListener, patience } from './gateway-listener.js';

const log: Record<string, unknown>[] = [];
const destination = { write: (line: string) => void log.push(JSON.parse(line) as Record<string, unknown>) };
const logger = createLogger({ service: 'test', destination });
const plenty = { perSecond: 1_000_000, burst: 1_000_000 };

/** The listener with one route that says what it got, and little patience. */
describe('the listener of the Auth Service', () => {
  let pki: TestPki;
  let listener: GatewayListener;
  let redirect: number;
  let port: number;
  const metrics = new GatewayMetrics();
  const handled: string[] = [];
  const sessions: ClientHttp2Session[] = [];

  beforeAll(async () => {
    pki = await testPki();
    const certificates = await CertificateStore.open(await pki.files('authz'));
    const api = new GatewayApi({
      find: (_, path) =>
        path === '/any'
          ? {
              name: 'any',
              handle: ({ body }) => {
                handled.push(Buffer.from(body ?? []).toString());
                return json({ got: body?.length ?? 0 });
              },
            }
          : undefined,
      limits: new RateLimits(plenty, plenty, new LocalCounts()),
      metrics,
      cors: new Cors([]),
      logger,
      maxInFlight: 100,
    });
    const settings = { host: '127.0.0.1', port: 0, publicUrl: 'https://unused', redirectPort: 0, trustedProxies: [] };
    const brief = { headersTimeout: 300, requestTimeout: 600, connectionsCheckingInterval: 50, handshakeTimeout: 300 };
    listener = new GatewayListener(settings, certificates, api, logger, { ...patience, ...brief });
    await listener.listen();
    port = Number(new URL(listener.url).port);
    redirect = Number(new URL(listener.redirectUrl!).port);
  });
  afterAll(async () => {
    sessions.forEach((session) => session.destroy());
    await listener?.close(promptStop());
    await pki?.close();
  });

  const collect = (socket: Socket): Promise<string> => {
    let text = '';
    socket.on('error', () => undefined).setEncoding('latin1');
    socket.on('data', (chunk: string) => (text += chunk));
    return new Promise((settle) => socket.once('close', () => settle(text)));
  };
  const tls = () => connectTls({ port, host: '127.0.0.1', servername: 'localhost', ca: pki.caPem });
  /** Everything that comes back until the connection ends. */
  const exchange = (bytes: string): Promise<string> => {
    const socket = tls();
    const answered = collect(socket);
    socket.write(bytes, 'latin1');
    return answered;
  };
  const session = () => {
    const opened = connectH2(`https://localhost:${port}`, { ca: pki.caPem });
    opened.on('error', () => undefined);
    sessions.push(opened);
    return opened;
  };
  const next = 'GET /any HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n';

  it.each([
    ['two different lengths', 'POST /any HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello'],
    ['the same length twice', 'POST /any HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello'],
    [
      'length and chunks',
      'POST /any HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    ],
    [
      'chunks and length',
      'POST /any HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n',
    ],
    ['an unknown transfer coding', 'POST /any HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n'],
    ['chunked not last', 'POST /any HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n'],
    ['a space before the colon', 'POST /any HTTP/1.1\r\nHost: x\r\nContent-Length : 5\r\n\r\nhello'],
    ['a length with a sign', 'POST /any HTTP/1.1\r\nHost: x\r\nContent-Length: +5\r\n\r\nhello'],
    ['a length in hexadecimal', 'POST /any HTTP/1.1\r\nHost: x\r\nContent-Length: 0x5\r\n\r\nhello'],
    ['a folded header', 'POST /any HTTP/1.1\r\nHost: x\r\nX-A: b\r\n c\r\nContent-Length : 0\r\n\r\n'],
    ['a bare line feed', 'POST /any HTTP/1.1\nHost: x\nContent-Length: 5\n\nhello'],
    ['NUL in a header', 'GET /any HTTP/1.1\r\nHost: x\r\nX-A: b\0c\r\n\r\n'],
    ['no HTTP at all', '\x16\x03\x01 hello\r\n\r\n'],
  ])('refuses a request with %s, and what comes behind it', async (_, request) => {
    const count = handled.length;
    const text = await exchange(request + next);
    expect(text).toMatch(/^HTTP\/1\.1 400 /);
    expect(text).toMatch(/\r\nconnection: close\r\n/i);
    expect(text).toMatch(/\r\nStrict-Transport-Security: /);
    expect(text).toContain('{"error":"invalid_request","error_description":"Malformed request","request_id":"');
    expect(text.match(/HTTP\/1\.1 /g)).toHaveLength(1);
    expect(handled).toHaveLength(count);
    expect(log.at(-1)).toMatchObject({ status: 400, address: '127.0.0.1', reason: expect.stringMatching(/^HPE_/) });
    expect(text).toContain(`"request_id":"${String(log.at(-1)!['request_id'])}"`);
  });

  it('counts what it could not read, and redirects none of it', async () => {
    const count = () =>
      Number(
        /_requests_total\{route="other",method="other",status="400"\} (\d+)/.exec(
          expositionOf(metrics.snapshots()),
        )?.[1],
      );
    const before = count();
    await exchange('nonsense\r\n\r\n');
    const socket = connectTcp(redirect, '127.0.0.1');
    const answered = collect(socket);
    socket.write('nonsense\r\n\r\n');
    expect(await answered).toMatch(/^HTTP\/1\.1 400 [^]*\r\nStrict-Transport-Security: /);
    expect(count()).toBe(before + 2);
  });

  it('refuses a request without Host, and ends the connection', async () => {
    const text = await exchange('GET /any HTTP/1.1\r\n\r\n');
    expect(text).toMatch(/^HTTP\/1\.1 400 /);
    expect(text).toMatch(/\r\nconnection: close\r\n/i);
    expect(text).toContain('"error_description":"Malformed request"');
  });

  it('leaves an expectation aside', async () => {
    const text = await exchange(next.replace('Connection', 'Expect: the-unexpected\r\nConnection'));
    expect(text).toMatch(/^HTTP\/1\.1 200 [^]*\r\nStrict-Transport-Security: /);
  });

  it('takes the body of a chunked request for what it is', async () => {
    const text = await exchange(
      `POST /any HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n${next}`,
    );
    expect(text.match(/HTTP\/1\.1 200 /g)).toHaveLength(2);
    expect(handled.slice(-2).sort()).toEqual(['', 'abcde']);
  });

  it.each([
    ['says nothing after the handshake', ''],
    ['never ends its headers', 'GET /any HTTP/1.1\r\nHost: x\r\nX-A: '],
    ['never ends its body', 'POST /any HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nhalf'],
  ])('ends a connection that %s, and serves others meanwhile', async (_, bytes) => {
    const slow = exchange(bytes);
    expect(await exchange(next)).toMatch(/^HTTP\/1\.1 200 /);
    expect(await slow).toMatch(/^(HTTP\/1\.1 400 |$)/);
  });

  it('ends a connection that never makes its handshake', async () => {
    expect(await collect(connectTcp(port, '127.0.0.1'))).toBe('');
  });

  it('counts methods that nobody knows as one', async () => {
    const opened = session();
    for (const method of ['X-ONE', 'X-"\n', 'DELETE']) {
      const stream = opened.request({ ':path': '/any', ':method': method });
      stream.on('error', () => undefined).resume();
      await new Promise((settle) => stream.once('close', settle).end());
    }
    const page = expositionOf(metrics.snapshots());
    expect(page).toContain('auth_server_http_requests_total{route="any",method="other",status="200"} ');
    expect(page).toContain('auth_server_http_requests_total{route="any",method="DELETE",status="200"} 1');
    expect(page).not.toContain('X-');
  });

  it('answers HTTP/2 bodies that are too long, and goes on', async () => {
    const opened = session();
    const stream = opened.request({ ':path': '/any', ':method': 'POST' });
    const status = new Promise((settle) => stream.once('response', (headers) => settle(headers[':status'])));
    stream.on('error', () => undefined).resume();
    stream.end(Buffer.alloc(1_000_000));
    expect(await status).toBe(400);
    const other = opened.request({ ':path': '/any' });
    other.resume();
    expect(await new Promise((settle) => other.once('response', (headers) => settle(headers[':status'])))).toBe(200);
  });

  it('refuses HTTP/2 headers of 64 KiB, and serves other connections', async () => {
    const stream = session().request({ ':path': '/any', 'x-a': 'x'.repeat(65_536) });
    stream.on('error', () => undefined).resume();
    let status: unknown;
    stream.once('response', (headers) => (status = headers[':status']));
    await new Promise((settle) => stream.once('close', settle));
    expect(status === undefined || Number(status) >= 400).toBe(true);
    expect(await exchange(next)).toMatch(/^HTTP\/1\.1 200 /);
  });

  it.each([
    ['/a?b=c', '/a?b=c'],
    ['//evil.example/', '//evil.example/'],
    ['http://evil.example/', '/'],
  ])('redirects %s to itself only, with every security header', async (target, path) => {
    const socket = connectTcp(redirect, '127.0.0.1');
    const answered = collect(socket);
    socket.write(`POST ${target} HTTP/1.1\r\nHost: evil.example\r\nContent-Length: 0\r\n\r\n`);
    const text = await answered;
    expect(text).toMatch(/^HTTP\/1\.1 308 /);
    expect(text).toContain(`\r\nLocation: ${listener.url}${path}\r\n`);
    expect(text).toContain('\r\nStrict-Transport-Security: ');
  });
});
