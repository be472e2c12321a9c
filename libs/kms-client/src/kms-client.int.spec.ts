import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Server, createServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { CertificateStore, createAuthority, issueCertificate, mtlsAgent, serverTlsOptions } from '@cryptoutil/pki';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Dispatcher } from 'undici';
import { KmsRefused, KmsUnavailable } from './errors.js';
import { KmsClient } from './kms-client.js';

interface Received {
  method: string;
  url: string;
  headers: IncomingMessage['headers'];
  body: unknown;
}

describe('kms client', () => {
  let folder: string;
  let store: CertificateStore;
  let dispatcher: Dispatcher;
  let server: Server;
  let client: KmsClient;
  let baseUrl: string;
  let received: Received[] = [];
  let answer: (request: Received, response: ServerResponse, socket: Socket) => void;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'cryptoutil-kms-client-'));
    const authority = await createAuthority({ commonName: 'test', days: 1 });
    const issued = await issueCertificate(authority, {
      identity: 'kms',
      dnsNames: ['localhost'],
      ipAddresses: ['127.0.0.1'],
      days: 1,
    });
    const files = { certFile: join(folder, 'c'), keyFile: join(folder, 'k'), caFile: join(folder, 'a') };
    await writeFile(files.certFile, issued.certificatePem);
    await writeFile(files.keyFile, issued.privateKeyPem);
    await writeFile(files.caFile, authority.certificatePem);
    store = await CertificateStore.open(files);
    dispatcher = mtlsAgent(store, { connections: 1 });
    server = createServer(serverTlsOptions(store), (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        const one = {
          method: request.method ?? '',
          url: request.url ?? '',
          headers: request.headers,
          body: text ? JSON.parse(text) : undefined,
        };
        received.push(one);
        answer(one, response, request.socket);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    baseUrl = `https://localhost:${(server.address() as AddressInfo).port}`;
    client = new KmsClient({ baseUrl: `${baseUrl}/`, dispatcher, timeoutMs: 2000 });
  });
  afterEach(() => {
    received = [];
  });
  afterAll(async () => {
    await dispatcher.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    store.close();
    await rm(folder, { recursive: true, force: true });
  });

  const json = (status: number, body: unknown, headers: Record<string, string> = {}) => {
    answer = (_request, response) => {
      response
        .writeHead(status, { 'content-type': 'application/json', ...headers })
        .end(typeof body === 'string' ? body : JSON.stringify(body));
    };
  };
  const key = {
    id: 'k',
    name: 'token-signing',
    algorithm: 'ES256',
    status: 'enabled',
    current_version: 2,
    current_kid: 'v2',
    created_at: '2026-01-02T03:04:05.000Z',
  };

  it('finds a key by its name', async () => {
    json(200, { items: [key], total: 1, next_cursor: null });
    expect(await client.findKey('token-signing')).toEqual({
      ...{ id: 'k', name: 'token-signing', algorithm: 'ES256', status: 'enabled', currentVersion: 2, currentKid: 'v2' },
      createdAt: new Date('2026-01-02T03:04:05.000Z'),
    });
    expect(received[0]).toMatchObject({
      method: 'GET',
      url: '/service/api/v1/elastic-keys?name=token-signing&limit=1',
    });
    json(200, { items: [], total: 0, next_cursor: null });
    await expect(client.findKey('none')).rejects.toMatchObject({ code: 'key_not_found' });
  });

  it('encrypts and decrypts bytes, with and without a context', async () => {
    json(200, { jwe: 'a.b.c.d.e' });
    expect(await client.encrypt('k/../x', Buffer.from([0xfb, 0xff]), 'row')).toBe('a.b.c.d.e');
    expect(received[0]).toMatchObject({
      url: '/service/api/v1/elastic-keys/k%2F..%2Fx/encrypt',
      body: { plaintext: '-_8', context: 'row' },
    });
    await client.encrypt('k', Buffer.from('x'));
    expect(received[1]!.body).toEqual({ plaintext: 'eA' });
    json(200, { plaintext: '-_8' });
    expect(await client.decrypt('k', 'a.b.c.d.e', 'row')).toEqual(Buffer.from([0xfb, 0xff]));
    expect(received[2]!.body).toEqual({ jwe: 'a.b.c.d.e', context: 'row' });
    await client.decrypt('k', 'j');
    expect(received[3]!.body).toEqual({ jwe: 'j' });
  });

  it('signs a batch with each result or error in its place', async () => {
    json(200, { items: [{ signature: 'eA', kid: 'v1' }, { error: { code: 'payload_too_large' } }] });
    const [signed, refused] = await client.signBatch('k', [Buffer.from('a'), Buffer.from('b')], { kid: 'v1' });
    expect(signed).toEqual({ signature: Buffer.from('x'), kid: 'v1' });
    expect(refused).toEqual(new KmsRefused('payload_too_large'));
    expect(received[0]).toMatchObject({
      url: '/service/api/v1/elastic-keys/k/sign:batch',
      body: { kid: 'v1', items: [{ signing_input: 'YQ' }, { signing_input: 'Yg' }] },
    });
    await expect(client.signBatch('k', [Buffer.from('a')])).rejects.toBeInstanceOf(KmsUnavailable);
  });

  it('asks for public keys only as long as they change', async () => {
    const keys = [{ kid: 'v1', kty: 'EC' }];
    json(200, { keys }, { etag: '"1"' });
    expect(await client.publicKeys('k')).toEqual(keys);
    answer = ({ headers }, response) => {
      response.writeHead(headers['if-none-match'] === '"1"' ? 304 : 500).end();
    };
    expect(await client.publicKeys('k')).toEqual(keys);
    json(200, { keys: [] });
    expect(await client.publicKeys('k')).toEqual([]);
  });

  it.each<[number, unknown, Record<string, string>, string, number]>([
    [503, { code: 'sealed' }, { 'retry-after': '7' }, 'sealed', 7],
    [503, { code: 'uninitialized' }, {}, 'uninitialized', 5],
    [503, { code: 'unavailable' }, { 'retry-after': 'soon' }, 'unavailable', 5],
    [500, 'not json', {}, 'unavailable', 5],
    [502, '<html>', {}, 'unavailable', 5],
    [429, { code: 'quota_exceeded' }, { 'retry-after': '3' }, 'overloaded', 3],
  ])('tells %i %j apart as unavailable', async (status, body, headers, reason, retryAfterSeconds) => {
    json(status, body, headers);
    await expect(client.encrypt('k', Buffer.from('x'))).rejects.toMatchObject({
      name: 'KmsUnavailable',
      reason,
      retryAfterSeconds,
    });
  });

  it.each<[number, unknown, string]>([
    [400, { code: 'decrypt_failed' }, 'decrypt_failed'],
    [404, { code: 'key_not_found' }, 'key_not_found'],
    [500, { code: 'integrity' }, 'integrity'],
    [403, 'no json', 'http_403'],
  ])('tells %i %j apart as refused', async (status, body, code) => {
    json(status, body);
    await expect(client.decrypt('k', 'x')).rejects.toMatchObject({ name: 'KmsRefused', code, status });
  });

  it('takes an answer of another shape for unavailable, never for a result', async () => {
    json(200, { jwe: 7 });
    await expect(client.encrypt('k', Buffer.from('x'))).rejects.toBeInstanceOf(KmsUnavailable);
    json(200, 'welcome');
    await expect(client.encrypt('k', Buffer.from('x'))).rejects.toBeInstanceOf(KmsUnavailable);
  });

  it('repeats a call at once, and once, when the kept-alive connection was closed under it', async () => {
    json(200, { jwe: 'j' });
    await client.encrypt('k', Buffer.from('x'));
    let closed = 0;
    answer = (_request, response, socket) => {
      closed += 1;
      if (closed === 1) socket.destroy();
      else response.writeHead(200, { 'content-type': 'application/json' }).end('{"jwe":"again"}');
    };
    expect(await client.encrypt('k', Buffer.from('x'))).toBe('again');
    expect(closed).toBe(2);
    closed = 0;
    answer = (_request, _response, socket) => {
      closed += 1;
      socket.destroy();
    };
    await expect(client.encrypt('k', Buffer.from('x'))).rejects.toMatchObject({ reason: 'unreachable' });
    expect(closed).toBe(2);
  });

  it('gives up on a kms that does not answer in time', async () => {
    answer = () => undefined;
    const impatient = new KmsClient({ baseUrl, dispatcher, timeoutMs: 50 });
    await expect(impatient.encrypt('k', Buffer.from('x'))).rejects.toMatchObject({ reason: 'timeout' });
  });

  it('is unavailable where nothing listens', async () => {
    const nowhere = new KmsClient({ baseUrl: 'https://localhost:1', dispatcher });
    await expect(nowhere.encrypt('k', Buffer.from('x'))).rejects.toMatchObject({ reason: 'unreachable' });
    expect(await nowhere.ready()).toEqual({ ready: false, status: 'unreachable' });
  });

  it('asks whether the kms is ready, and never throws', async () => {
    json(200, { status: 'ready' });
    expect(await client.ready()).toEqual({ ready: true, status: 'ready' });
    json(503, { status: 'sealed' });
    expect(await client.ready()).toEqual({ ready: false, status: 'sealed' });
    json(200, 'x');
    expect(await client.ready()).toEqual({ ready: false, status: 'unreachable' });
  });
});
