import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { BadRequestException, Controller, Get, Module, Param, Post, Res } from '@nestjs/common';
import type { Response } from 'express';
import { z } from 'zod';
import { AuthorizationServerUnavailable } from '@cryptoutil/oauth';
import { specPki, specService, type SpecPki, type SpecService } from '../../spec/test-service.js';
import {
  AccessModule,
  Problem,
  Public,
  ZodBody,
  ZodParam,
  ZodQuery,
  ZodResponse,
  notFound,
  unavailable,
} from '../index.js';

class DatabaseAway extends Error {}

const thing = z.strictObject({ name: z.string().min(1), tags: z.array(z.string()).optional() });

@Public()
@Controller('things')
class ThingsController {
  @Post()
  @ZodResponse(200, thing, 'The thing')
  create(@ZodBody(thing) body: z.infer<typeof thing>): unknown {
    return body;
  }

  @Post('only-post')
  onlyPost(): unknown {
    return {};
  }

  @Get()
  list(@ZodQuery(z.object({ limit: z.coerce.number().int().max(10).default(5) })) query: { limit: number }): unknown {
    return query;
  }

  @Get('by-id/:id')
  one(@ZodParam('id', z.uuid()) id: string): unknown {
    return { id };
  }

  @Get('fail/:how')
  fail(@Param('how') how: string, @Res({ passthrough: true }) response: Response): never {
    switch (how) {
      case 'bug':
        throw new Error('connect postgres://user:hunter2@db');
      case 'text':
        // eslint-disable-next-line @typescript-eslint/only-throw-error
        throw 'a text';
      case 'database':
        throw new DatabaseAway();
      case 'issuer':
        throw new AuthorizationServerUnavailable('refused', 7);
      case 'sealed':
        throw unavailable('The key service is sealed.', 11, 'sealed');
      case 'nest':
        throw new BadRequestException('That cannot be.');
      case 'problem':
        throw new Problem({ status: 409, code: 'conflict', detail: 'Taken.', extensions: { index: 3 } });
      case 'half':
        response.write('half an ans');
        throw new Error('broke');
      default:
        throw notFound();
    }
  }
}

@Module({ imports: [AccessModule.forRoot()], controllers: [ThingsController] })
class SpecModule {}

describe('problem documents (RFC 9457)', () => {
  let pki: SpecPki;
  let service: SpecService;
  beforeAll(async () => {
    pki = await specPki();
    service = await specService(pki, { module: SpecModule, unavailable: (error) => error instanceof DatabaseAway });
  });
  afterAll(async () => {
    await service.close();
    await pki.close();
  });

  it('names the wrong field of a body and repeats nothing that was sent', async () => {
    const answer = await service.call('/things', { json: { name: '', tags: ['ok', 17], secret: 'hunter2' } });
    expect(answer.status).toBe(400);
    expect(answer.headers['content-type']).toContain('application/problem+json');
    expect(answer.json).toMatchObject({
      type: 'about:blank',
      title: 'Bad Request',
      status: 400,
      code: 'invalid_request',
    });
    expect(answer.json.fields).toEqual([
      expect.objectContaining({ name: 'name' }),
      expect.objectContaining({ name: 'tags.1' }),
      expect.objectContaining({ name: 'secret' }),
    ]);
    expect(answer.text).not.toContain('hunter2');
  });

  it('carries the request id of the answer', async () => {
    const { json, headers } = await service.call('/nowhere');
    expect(json.request_id).toBe(headers['x-request-id']);
  });

  it('answers a POST with the status its document says, not 201', async () => {
    const answer = await service.call('/things', { json: { name: 'x' } });
    expect([answer.status, answer.json]).toEqual([200, { name: 'x' }]);
  });

  it('checks query and path', async () => {
    expect((await service.call('/things?limit=3')).json).toEqual({ limit: 3 });
    expect((await service.call('/things')).json).toEqual({ limit: 5 });
    expect((await service.call('/things?limit=3&limit=4')).json).toMatchObject({
      code: 'invalid_request',
      fields: [{ name: 'limit' }],
    });
    expect((await service.call('/things/by-id/17')).json).toMatchObject({ status: 400, fields: [{ name: 'id' }] });
  });

  it.each([
    ['NUL in a text', { name: 'a\0b' }, 'name'],
    ['NUL in a list', { name: 'x', tags: ['\0'] }, 'tags.0'],
    ['half a surrogate pair', { name: '\ud800' }, 'name'],
  ])('refuses %s, which no database column holds, with 400', async (_name, json, field) => {
    expect((await service.call('/things', { json })).json).toMatchObject({ status: 400, fields: [{ name: field }] });
  });

  it('refuses JSON that nests without end with 400 (threat 29)', async () => {
    const body = `{"name":${'['.repeat(20_000)}${']'.repeat(20_000)}}`;
    const answer = await service.call('/things', {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json' },
    });
    expect(answer.json).toMatchObject({ status: 400, code: 'invalid_request' });
  });

  it('reports an empty body as the missing fields', async () => {
    const answer = await service.call('/things', { method: 'POST' });
    expect(answer.json).toMatchObject({ status: 400, fields: [{ name: 'name' }] });
  });

  it.each([
    ['broken JSON', { body: '{"name": ', headers: { 'content-type': 'application/json' } }, 400, 'invalid_request'],
    ['a scalar as JSON', { body: '"x"', headers: { 'content-type': 'application/json' } }, 400, 'invalid_request'],
    ['text', { body: 'name=x', headers: { 'content-type': 'text/plain' } }, 415, 'unsupported_media_type'],
    [
      'compressed JSON',
      { body: 'x', headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' } },
      415,
      'unsupported_media_type',
    ],
    ['more than 64 KiB', { json: { name: 'x'.repeat(70_000) } }, 413, 'payload_too_large'],
    ['a broken percent-encoding', { body: undefined, path: '/things/by-id/%FF' }, 400, 'invalid_request'],
  ])('refuses %s', async (_name, call, status, code) => {
    const { path = '/things', ...options } = call as { path?: string };
    const answer = await service.call(path, options);
    expect(answer.json).toMatchObject({ status, code });
    expect(answer.headers['content-type']).toContain('application/problem+json');
  });

  it.each([
    ['database', 503, 'unavailable', '2'],
    ['issuer', 503, 'unavailable', '7'],
    ['sealed', 503, 'sealed', '11'],
  ])('answers 503 with Retry-After when a dependency is away (%s)', async (how, status, code, retryAfter) => {
    const answer = await service.call(`/things/fail/${how}`);
    expect(answer.json).toMatchObject({ status, code });
    expect(answer.headers['retry-after']).toBe(retryAfter);
  });

  it.each(['bug', 'text'])(
    'answers 500 and tells nothing of a fault (%s), but logs it under the request id',
    async (how) => {
      const answer = await service.call(`/things/fail/${how}`);
      expect(answer.json).toMatchObject({ status: 500, code: 'internal' });
      expect(answer.text).not.toMatch(/hunter2|postgres|a text/);
      const line = service.log.find(
        ({ level, request_id }) => level === 'error' && request_id === answer.json.request_id,
      );
      expect(line).toMatchObject({ msg: 'a request failed', problem: 'internal' });
    },
  );

  it('keeps the text that a feature wrote, and the members it added', async () => {
    expect((await service.call('/things/fail/nest')).json).toMatchObject({ status: 400, detail: 'That cannot be.' });
    expect((await service.call('/things/fail/problem')).json).toMatchObject({
      status: 409,
      code: 'conflict',
      index: 3,
    });
  });

  it('cuts an answer that breaks half-way, so that it does not look whole', async () => {
    await expect(service.call('/things/fail/half')).rejects.toThrow(/aborted|hang up/);
  });

  it('answers 404 without repeating the path', async () => {
    const answer = await service.call('/nowhere/hunter2');
    expect(answer.json).toMatchObject({ status: 404, code: 'not_found' });
    expect(answer.text).not.toContain('hunter2');
  });

  it('answers 405 with Allow at an address that serves other methods (RFC 9110 §15.5.6)', async () => {
    const answer = await service.call('/things', { method: 'DELETE' });
    expect(answer.json).toMatchObject({ status: 405, code: 'method_not_allowed' });
    expect(answer.headers.allow).toBe('GET, HEAD, POST');
    expect((await service.call('/things/fail/other')).status).toBe(404);
    const head = await service.call('/things/only-post', { method: 'HEAD' });
    expect([head.status, head.headers.allow]).toEqual([405, 'POST']);
    expect((await service.call('/things/fail/other', { method: 'HEAD' })).status).toBe(404);
  });
});
