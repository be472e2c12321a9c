import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Controller, Get, Module, Req } from '@nestjs/common';
import type { Request } from 'express';
import type { IssuedCertificate } from '@cryptoutil/pki';
import { specPki, specService, type SpecPki, type SpecService } from '../../spec/test-service.js';
import { AccessModule, Public, RequireIdentity } from '../index.js';
import { v2Header } from './proxy-header.fixture.js';

@Controller()
class AddressController {
  @Get('address')
  @Public()
  address(@Req() request: Request): unknown {
    return { ip: request.ip, socket: request.socket.remoteAddress };
  }

  @Get('limited')
  @Public()
  limited(): unknown {
    return {};
  }

  @Get('internal')
  @RequireIdentity('idp')
  internal(): unknown {
    return {};
  }
}

@Module({ imports: [AccessModule.forRoot()], controllers: [AddressController] })
class AddressModule {}

const proxy = '127.0.0.2';

describe('behind a proxy that passes TLS through (PROXY protocol)', () => {
  let pki: SpecPki;
  let service: SpecService;
  let port: number;
  const settings = { listenHost: '127.0.0.1', listenPort: 0, publicUrl: 'https://localhost:8082' };
  beforeAll(async () => {
    pki = await specPki();
    service = await specService(pki, {
      module: AddressModule,
      settings: { ...settings, trustedProxies: [`${proxy}/32`], rateLimitRps: 1, rateLimitBurst: 2 },
      limited: [{ path: '/limited' }],
    });
    port = Number(new URL(service.url).port);
  });
  afterAll(async () => {
    await service.close();
    await pki.close();
  });

  const open = (from: string) =>
    new Promise<Socket>((settle, fail) => {
      const socket = connectTcp({ port, host: '127.0.0.1', localAddress: from }, () => settle(socket)).on(
        'error',
        fail,
      );
    });
  /** What is answered over TLS on a connection on which the bytes were sent first, in pieces. */
  const ask = async (
    first: Buffer | undefined,
    { from = proxy, path = '/address', pieces = 1, certificate }: AskOptions = {},
  ): Promise<{ status: number; body: Record<string, unknown> }> => {
    const socket = await open(from);
    if (first) {
      const size = Math.ceil(first.length / pieces);
      socket.setNoDelay(true);
      for (let at = 0; at < first.length; at += size) {
        await new Promise((written) => socket.write(first.subarray(at, at + size), written));
        // One turn of the event loop, so that pieces are pieces.
        await new Promise((turn) => setImmediate(turn));
      }
    }
    const tls = connectTls({
      socket,
      servername: 'localhost',
      ca: pki.ca,
      ...(certificate && { cert: certificate.certificatePem, key: certificate.privateKeyPem }),
    });
    return new Promise((settle, fail) => {
      let text = '';
      tls.on('error', fail).on('close', () => fail(new Error('closed')));
      tls.on('data', (chunk: Buffer) => (text += chunk.toString()));
      tls.on('end', () => {
        if (text === '') return fail(new Error('ended without an answer'));
        const [head = '', body = ''] = text.split('\r\n\r\n');
        settle({ status: Number(head.split(' ')[1]), body: JSON.parse(body) as Record<string, unknown> });
      });
      tls.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
    });
  };
  interface AskOptions {
    from?: string;
    path?: string;
    pieces?: number;
    certificate?: IssuedCertificate;
  }
  /** Resolves when the service has ended the connection. */
  const refusedAfter = async (bytes: Buffer, from = proxy): Promise<void> => {
    const socket = await open(from);
    socket.on('error', () => undefined).resume();
    const closed = new Promise<void>((settle) => socket.once('close', () => settle()));
    if (bytes.length > 0) socket.write(bytes);
    await closed;
  };

  it('sees the address of the client, of version 1 and 2, IPv4 and IPv6, with TLVs', async () => {
    for (const [header, address] of [
      [Buffer.from('PROXY TCP4 192.0.2.7 198.51.100.1 56324 443\r\n'), '192.0.2.7'],
      [v2Header({ address: '192.0.2.8', tlvs: Buffer.alloc(200, 4) }), '192.0.2.8'],
      [v2Header({ address: '2001:db8::7' }), '2001:db8:0:0:0:0:0:7'],
    ] as const) {
      expect(await ask(header)).toEqual({ status: 200, body: { ip: address, socket: address } });
    }
  });

  it.each([1, 2, 3, 7, 28, 100])('reads a header that comes in %i pieces', async (pieces) => {
    expect((await ask(v2Header({ address: '192.0.2.9' }), { pieces })).body.ip).toBe('192.0.2.9');
  });

  it('takes the proxy’s own connections (LOCAL, UNKNOWN) as the proxy’s', async () => {
    for (const header of [v2Header({ address: '192.0.2.7', command: 0 }), Buffer.from('PROXY UNKNOWN\r\n')])
      expect((await ask(header)).body.ip).toBe(proxy);
  });

  it('still knows internal callers by their certificate, and counts clients by their own addresses', async () => {
    const certificate = await pki.issue('idp');
    const header = (address: string) => v2Header({ address });
    expect((await ask(header('192.0.2.7'), { path: '/internal', certificate })).status).toBe(200);
    expect((await ask(header('192.0.2.7'), { path: '/internal' })).status).toBe(401);
    const of = async (address: string) => (await ask(header(address), { path: '/limited' })).status;
    expect([await of('192.0.2.7'), await of('192.0.2.7'), await of('192.0.2.7')]).toEqual([200, 200, 429]);
    expect(await of('192.0.2.77')).toBe(200);
  });

  it('writes the address of the client into the log of requests', () => {
    expect(service.log).toContainEqual(expect.objectContaining({ msg: 'request', address: '2001:db8:0:0:0:0:0:7' }));
  });

  it('takes connections from elsewhere as the client’s own, and refuses a header in them', async () => {
    expect((await ask(undefined, { from: '127.0.0.1' })).body.ip).toBe('127.0.0.1');
    await expect(ask(v2Header({ address: '192.0.2.7' }), { from: '127.0.0.1' })).rejects.toThrow();
    await refusedAfter(Buffer.from('PROXY TCP4 192.0.2.7 198.51.100.1 56324 443\r\n'), '127.0.0.1');
  });

  it('refuses a connection of the proxy without a header, or with another thing in its place', async () => {
    await expect(ask(undefined)).rejects.toThrow();
    for (const bytes of [
      Buffer.from('GET / HTTP/1.1\r\n\r\n'),
      Buffer.alloc(300, 0x41),
      Buffer.from(`PROXY TCP4 ${'1'.repeat(200)}`),
      v2Header({ address: '192.0.2.7', command: 3 }),
      v2Header({ address: '192.0.2.7', tlvs: Buffer.alloc(3_000) }),
    ])
      await refusedAfter(bytes);
    expect(service.log.filter(({ reason }) => reason !== undefined).length).toBeGreaterThanOrEqual(6);
    expect((await ask(v2Header({ address: '192.0.2.7' }))).status).toBe(200);
  });

  it('does not wait for ever for a header', async () => {
    const quick = await specService(pki, { module: AddressModule, settings: { ...settings, trustedProxies: [proxy] } });
    const before = port;
    port = Number(new URL(quick.url).port);
    await Promise.all([
      refusedAfter(Buffer.alloc(0)),
      refusedAfter(v2Header({ address: '192.0.2.7' }).subarray(0, 20)),
    ]);
    expect(quick.log.filter(({ reason }) => reason === 'no header in time')).toHaveLength(2);
    port = before;
    await quick.close();
  }, 30_000);
});
