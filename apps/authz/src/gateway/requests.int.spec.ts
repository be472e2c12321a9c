import { connect as connectH2 } from 'node:http2';
import { connect as connectTls } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { request } from 'undici';
import { BASE, gatewayFixture, tokenRequest, until, usersUrl, type GatewayFixture } from './gateway.fixture.js';
import { GatewayListener } from './server/gateway-listener.js';

describe('requests to the Auth Service', () => {
  let gateway: GatewayFixture;
  beforeAll(async () => {
    gateway = await gatewayFixture({ env: { CRYPTOUTIL_AUTH_SERVICE_REDIRECT_PORT: '0' } });
  }, 60_000);
  afterAll(() => gateway?.close());

  it('speaks HTTP/2', async () => {
    const session = connectH2(gateway.replicas[0]!.url, { ca: gateway.caPem });
    const stream = session.request({ ':path': `${BASE}/token`, ':method': 'POST' });
    stream.end(JSON.stringify(tokenRequest('test-client', 'test-secret-123').body));
    let text = '';
    const status = await new Promise((settle) => stream.once('response', (headers) => settle(headers[':status'])));
    for await (const chunk of stream.setEncoding('utf8')) text += chunk;
    session.close();
    expect([status, JSON.parse(text).token_type]).toEqual([200, 'Bearer']);
  });

  it('keeps HTTP/1.1 connections, and answers headers of 64 KiB with the error of the contract', async () => {
    const port = Number(new URL(gateway.replicas[0]!.url).port);
    const socket = connectTls({ port, host: '127.0.0.1', servername: 'localhost', ca: gateway.caPem });
    let text = '';
    socket.on('error', () => undefined);
    socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    const get = `POST ${BASE}/validate HTTP/1.1\r\nHost: x\r\n\r\n`;
    socket.write(get);
    await until(() => text.includes('Missing X-Forwarded-For'));
    expect(text).not.toMatch(/connection: close/i);
    text = '';
    socket.write(`GET / HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(65_536)}\r\n\r\n`);
    await new Promise((settle) => socket.once('close', settle));
    expect(text).toMatch(/^HTTP\/1.1 400 /);
    expect(text).toContain('"error":"invalid_request"');
  });

  it('Envoy’s ext_authz is answered whatever the method', async () => {
    const session = connectH2(gateway.replicas[0]!.url, { ca: gateway.caPem });
    const authorization = `Bearer ${await gateway.token()}`;
    const ask = async (path: string, method: string, more = {}) => {
      const asked = { ':path': `${BASE}/ext-authz${path}`, ':method': method, ':authority': 'api.example.com' };
      const stream = session.request({ ...asked, authorization, 'x-forwarded-proto': 'http', ...more });
      stream.end();
      stream.resume();
      return new Promise((settle) => stream.once('response', (headers) => settle(headers[':status'])));
    };
    expect(await ask('/v1/users?x=1', 'DELETE')).toBe(200);
    expect(await ask('/v1/other', 'GET')).toBe(401);
    expect(await ask('/v1/other', 'GET', { 'x-original-url': usersUrl })).toBe(200);
    expect(await ask('/v1/users', 'GET', { 'x-forwarded-proto': 'x' })).toBe(400);
    session.close();
  });

  it('the plain listener leads to HTTPS without changing the method', async () => {
    const { redirectUrl } = gateway.replicas[0]!.service.app.get(GatewayListener);
    const { statusCode, headers } = await request(`${redirectUrl}${BASE}/token?x=1`, { method: 'POST', body: '{}' });
    expect([statusCode, headers.location]).toEqual([308, `${gateway.replicas[0]!.url}${BASE}/token?x=1`]);
  });
  describe('malformed requests', () => {
    const secret = 'MARK-4711';
    const url = JSON.stringify(usersUrl);
    const bodies: [string, string | Buffer][] = [
      ['nothing', ''],
      ['half a document', `{"client_id":"${secret}`],
      ['an array', `["${secret}"]`],
      ['a number', '1e999'],
      ['null', 'null'],
      ['deep nesting', `{"endpoint_url":${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}}`],
      ['deep arrays', '['.repeat(60_000)],
      ['65 KiB', `{"endpoint_url":${url},"pad":"${'x'.repeat(66_000)}"}`],
      ['a megabyte', Buffer.alloc(1_048_576, 0x20)],
      ['a member twice', `{"endpoint_url":${url},"endpoint_url":${url}}`],
      [
        '__proto__',
        `{"__proto__":{"client_id":"test-client","client_secret":"test-secret-123"},"grant_type":"${secret}"}`,
      ],
      [
        'wrong types',
        `{"client_id":{"a":1},"client_secret":[1],"grant_type":true,"endpoint_url":{"$ne":1},"method":7}`,
      ],
      [
        'escaped NUL',
        String.raw`{"client_id":"a\u0000b","client_secret":"c","grant_type":"client_credentials","endpoint_url":"\u0000"}`,
      ],
      ['raw NUL', Buffer.from('{"client_id":"a\0b"}')],
      ['no UTF-8', Buffer.from([0x7b, 0xff, 0xfe, 0x7d])],
      [
        'lone surrogates',
        String.raw`{"client_id":"\ud800","client_secret":"\udfff","grant_type":"client_credentials","endpoint_url":"\ud800"}`,
      ],
      ['a BOM', `\uFEFF{"client_id":"x"}`],
    ];
    const types = ['application/json', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x'];

    it.each(bodies)('%s: the contract’s answer at every route, and no echo', async (_, body) => {
      for (const verb of ['token', 'ott', 'one-time-token', 'validate', 'revoke']) {
        for (const type of types) {
          const reply = await gateway.call(`${BASE}/${verb}`, {
            method: 'POST',
            body,
            headers: { 'content-type': type, authorization: `Bearer ${secret}` },
          });
          expect([400, 401]).toContain(reply.status);
          expect(Object.keys(reply.json)).toEqual(['error', 'error_description', 'request_id']);
          expect(reply.text).not.toMatch(/MARK-4711|at \w+ \(|node:|SyntaxError|test-secret/);
        }
      }
    });

    it.each(['PUT', 'PATCH', 'DELETE', 'HEAD', 'TRACE', 'QUERY', 'PROPFIND'])('%s is not there', async (method) => {
      for (const path of [`${BASE}/token`, `${BASE}/validate`, `${BASE}/revoke`, '/health', '/metrics'])
        expect((await gateway.call(path, { method })).status).toBe(404);
    });

    it.each([
      `${BASE}/token/`,
      `${BASE}//token`,
      `${BASE}/%74oken`,
      `${BASE}/token%00`,
      `${BASE}/token;a=b`,
      '/AUTH-SERVER/v1/oauth/token',
      '/debug/pprof/heap',
    ])('POST %s is not there', async (path) => {
      expect((await gateway.call(path, { method: 'POST', body: '{}' })).status).toBe(404);
    });
  });
  it('takes two Authorization headers for none, whichever is good', async () => {
    const token = await gateway.token();
    const port = Number(new URL(gateway.replicas[0]!.url).port);
    const ask = async (verb: string, ...values: string[]): Promise<string> => {
      const socket = connectTls({ port, host: '127.0.0.1', servername: 'localhost', ca: gateway.caPem });
      let text = '';
      socket.on('error', () => undefined);
      socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      const lines = values.map((value, at) => `${at === 0 ? 'Authorization' : 'AUTHORIZATION'}: ${value}\r\n`);
      const url = `X-Forwarded-For: ${usersUrl}\r\n`;
      socket.write(`POST ${BASE}/${verb} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${url}${lines.join('')}\r\n`);
      await new Promise((settle) => socket.once('close', settle));
      return text.slice(9, 12);
    };
    const good = `Bearer ${token}`;
    expect(await ask('validate', good)).toBe('200');
    for (const verb of ['validate', 'revoke']) {
      expect(await ask(verb, good, 'Bearer x')).toBe('401');
      expect(await ask(verb, 'Bearer x', good)).toBe('401');
      expect(await ask(verb, good, good)).toBe('401');
    }
  });
});
