import { once } from 'node:events';
import { connect } from 'node:tls';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Controller, Get, Module } from '@nestjs/common';
import { InvalidToken } from '@cryptoutil/oauth';
import { specPki, specService, type SpecPki, type SpecService } from '../../spec/test-service.js';
import { AccessModule, type Access, type EndedCall, Public, requestLine } from '../index.js';

@Public()
@Controller('slow')
class FrameworkController {
  @Get()
  framework(): unknown {
    return { by: 'framework' };
  }
}

const verifier = {
  verify: (token: string) =>
    token === 'good'
      ? Promise.resolve({ sub: 'alice', client_id: 'web', scope: new Set(['a']) } as never)
      : Promise.reject(new InvalidToken('expired')),
};

@Module({ imports: [AccessModule.forRoot({ verifier })], controllers: [FrameworkController] })
class TestModule {}

const ended: EndedCall[] = [];
let working: Promise<unknown> | undefined;
const access: Record<string, Access> = {
  '/open': { kind: 'public' },
  '/scoped': { kind: 'scope', scopes: ['a'] },
  '/other': { kind: 'scope', scopes: ['b'] },
  '/large': { kind: 'public' },
};

const members = (count: number): string =>
  `{${Array.from({ length: count }, (_, index) => `"m${index}":1`).join(',')}}`;

const good = { authorization: 'Bearer good' };

describe('a route that is answered directly', () => {
  let pki: SpecPki;
  let service: SpecService;
  beforeAll(async () => {
    pki = await specPki();
    service = await specService(pki, {
      module: TestModule,
      cors: { origins: ['https://app.example'], paths: ['/'] },
      settings: { listenHost: '127.0.0.1', listenPort: 0, publicUrl: 'https://localhost:8082', maxInFlight: 2 },
      direct: () => (incoming) => {
        const found = access[incoming.url!];
        if (!found) return undefined;
        return {
          route: {
            pattern: `${incoming.url!}/:id`,
            access: found,
            bodyLimitBytes: incoming.url === '/large' ? 2 ** 20 : 64,
          },
          call: {
            known: () => undefined,
            judge: () => undefined,
            answer: async (body) => {
              await working;
              if (Object.hasOwn(body as object, 'fail')) throw new Error('secret text');
              return JSON.stringify({ body });
            },
            refusal: (error) => error,
            ended: (call) => ended.push(call),
          },
        };
      },
    });
  });
  beforeEach(() => void ended.splice(0));
  afterAll(async () => {
    await service.close();
    await pki.close();
  });

  const post = (path: string, headers: Record<string, string>, body?: string) =>
    service.call(path, { method: 'POST', headers, ...(body === undefined ? {} : { body }) });
  const json = { 'content-type': 'application/json' };

  it('leaves other requests to the framework, and has the same headers', async () => {
    const framework = await service.call('/slow');
    const direct = await post('/open', json, '{"a":"ä"}');
    expect([framework.json, direct.json]).toEqual([{ by: 'framework' }, { body: { a: 'ä' } }]);
    const names = (headers: object) => Object.keys(headers).sort();
    expect(names(direct.headers)).toEqual(names(framework.headers));
    const { date: _, 'x-request-id': id, 'content-length': __, ...same } = framework.headers;
    expect(id).toMatch(/^[0-9a-f-]{36}$/);
    expect(direct.headers).toMatchObject(same);
  });

  it('keeps a well-formed request id, and replaces others', async () => {
    const idOf = async (given: string) => (await post('/open', { 'x-request-id': given })).headers['x-request-id'];
    expect(await idOf('request-12')).toBe('request-12');
    expect(await idOf('short')).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('asks for what it declares: 401 without a good token, 403 without the scope', async () => {
    expect(await post('/scoped', {})).toMatchObject({ status: 401, json: { code: 'token_required' } });
    const expired = await post('/scoped', { authorization: 'Bearer bad' });
    expect(expired).toMatchObject({ status: 401, json: { code: 'invalid_token' } });
    expect(expired.json['request_id']).toBe(expired.headers['x-request-id']);
    expect(await post('/other', good)).toMatchObject({ status: 403, json: { code: 'insufficient_scope' } });
    expect((await post('/scoped', good)).status).toBe(200);
    expect(ended.map(({ status, token }) => [status, token?.sub])).toEqual([
      [401, undefined],
      [401, undefined],
      [403, 'alice'],
      [200, 'alice'],
    ]);
  });

  it.each<[string, Record<string, string>, string | undefined, number]>([
    ['no body', {}, undefined, 200],
    ['an empty body', json, '', 200],
    ['a charset that JSON has', { 'content-type': 'application/json; charset=UTF-8' }, '{}', 200],
    ['a type of JSON', { 'content-type': 'application/x.y+json' }, '{}', 200],
    ['another charset', { 'content-type': 'application/json; charset=utf-16' }, '{}', 415],
    ['a form', { 'content-type': 'application/x-www-form-urlencoded' }, 'a=1', 415],
    ['no type', {}, '{}', 415],
    ['a compressed body', { ...json, 'content-encoding': 'gzip' }, '{}', 415],
    ['what is not JSON', json, '{', 400],
    ['what is not UTF-8', json, '\xff', 400],
    ['more than fits', json, JSON.stringify({ a: 'x'.repeat(64) }), 413],
    ['more than fits, in pieces', { ...json, 'transfer-encoding': 'chunked' }, JSON.stringify('x'.repeat(64)), 413],
  ])('reads JSON only: %s', async (_what, headers, body, status) => {
    const bytes = body === undefined ? undefined : Buffer.from(body, 'latin1');
    const answer = await service.call('/open', { method: 'POST', headers, ...(bytes ? { body: bytes } : {}) });
    expect(answer.status).toBe(status);
    if (status !== 200) expect(answer.headers['content-type']).toContain('application/problem+json');
    expect((await post('/open', json, '{}')).status).toBe(200);
  });

  it.each<[string, number, string]>([
    ['as many members as are worked on', 200, members(10_000)],
    ['more members', 413, members(10_001)],
    ['more elements than that takes bytes to parse', 413, `[${'1,'.repeat(20_001)}1]`],
    ['signs of structure inside of strings', 200, JSON.stringify({ a: ':,"\\'.repeat(30_000), b: '\\' })],
    ['a string without end', 400, `{"a":"${',:'.repeat(20_001)}\\"}`],
  ])('bounds the work on one body: %s', async (_what, status, body) => {
    const answer = await post('/large', json, body);
    expect([answer.status, answer.json['code']]).toEqual([
      status,
      { 200: undefined, 400: 'invalid_request', 413: 'payload_too_large' }[status],
    ]);
  });

  it('says nothing of what went wrong here, and logs it', async () => {
    const answer = await post('/open', json, '{"fail":1}');
    expect([answer.status, answer.json['code'], answer.text.includes('secret')]).toEqual([500, 'internal', false]);
    expect(service.log.some(({ err }) => JSON.stringify(err ?? '').includes('secret text'))).toBe(true);
  });

  it('shares the limit of requests in flight with all others', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    working = promise;
    const held = [post('/open', {}), post('/open', {})];
    let refused = await service.call('/slow');
    while (refused.status === 200) refused = await service.call('/slow');
    expect(refused).toMatchObject({ status: 503, json: { code: 'overloaded' } });
    expect(await post('/open', {})).toMatchObject({ status: 503, json: { code: 'overloaded' } });
    resolve();
    working = undefined;
    expect((await Promise.all(held)).map(({ status }) => status)).toEqual([200, 200]);
    expect((await service.call('/slow')).status).toBe(200);
  });

  it('lets scripts of listed origins read its answers', async () => {
    const { headers } = await post('/scoped', { ...good, origin: 'https://app.example' });
    expect(headers).toMatchObject({ 'access-control-allow-origin': 'https://app.example', vary: 'Origin' });
    expect((await post('/scoped', { ...good, origin: 'https://evil.example' })).headers).not.toHaveProperty(
      'access-control-allow-origin',
    );
  });

  it('tells of a caller who went away before the end of the body, and goes on', async () => {
    const socket = connect({ port: Number(new URL(service.url).port), ca: pki.ca, servername: 'localhost' });
    await once(socket, 'secureConnect');
    const begun = 'POST /open HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{';
    await new Promise((sent) => socket.write(begun, sent));
    socket.destroy();
    while (ended.length === 0) await service.call('/slow');
    expect(ended.map(({ status, whole }) => [status >= 400, whole])).toEqual([[true, false]]);
    expect(requestLine(ended[0]!)).toMatchObject({ route: '/open/:id', aborted: true });
  });
});
