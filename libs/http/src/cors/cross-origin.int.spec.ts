import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Controller, Get, Module } from '@nestjs/common';
import { readSettings } from '@cryptoutil/config';
import { specPki, specService, type SpecPki, type SpecService } from '../../spec/test-service.js';
import { AccessModule, Public, corsSettings } from '../index.js';

@Public()
@Controller()
class ThingsController {
  @Get('api/v1/things')
  things(): unknown {
    return [];
  }

  @Get('admin/things')
  admin(): unknown {
    return [];
  }
}

@Module({ imports: [AccessModule.forRoot()], controllers: [ThingsController] })
class ThingsModule {}

const app = 'https://app.example';
const permissions = (headers: object) => Object.keys(headers).filter((name) => name.startsWith('access-control-'));

describe('answers to other origins (CORS)', () => {
  let pki: SpecPki;
  let listed: SpecService;
  let silent: SpecService;
  let withCookies: SpecService;
  const paths = ['/api/v1/'] as const;
  beforeAll(async () => {
    pki = await specPki();
    listed = await specService(pki, { module: ThingsModule, cors: { origins: [app], paths } });
    silent = await specService(pki, { module: ThingsModule, cors: { origins: [], paths } });
    const cors = { origins: [app], paths, credentials: true, requestHeaders: ['X-Csrf'] };
    withCookies = await specService(pki, { module: ThingsModule, cors });
  });
  afterAll(async () => {
    for (const service of [listed, silent, withCookies]) await service.close();
    await pki.close();
  });
  const ask = (service: SpecService, origin: string | undefined, path = '/api/v1/things', method = 'GET') =>
    service.call(path, {
      method,
      headers: {
        ...(origin === undefined ? {} : { origin }),
        ...(method === 'OPTIONS' ? { 'access-control-request-method': 'POST' } : {}),
      },
    });

  it('carry no permission for anybody by default', async () => {
    for (const method of ['GET', 'OPTIONS']) {
      const { headers } = await ask(silent, app, undefined, method);
      expect([permissions(headers), headers.vary]).toEqual([[], undefined]);
    }
  });

  it('let scripts of a listed origin read them, and what they need of the headers', async () => {
    const { status, headers } = await ask(listed, app);
    expect([status, headers['access-control-allow-origin'], headers.vary]).toEqual([200, app, 'Origin']);
    expect(headers['access-control-expose-headers']).toContain('Retry-After');
    expect(headers).not.toHaveProperty('access-control-allow-credentials');
  });

  it('answer the preflight of a listed origin without asking the route', async () => {
    const { status, headers, text } = await ask(listed, app, '/api/v1/anything', 'OPTIONS');
    expect([status, text]).toEqual([204, '']);
    expect(headers).toMatchObject({
      'access-control-allow-origin': app,
      'access-control-allow-methods': 'GET, HEAD, POST, PUT, PATCH, DELETE',
      'access-control-allow-headers': 'Authorization, Content-Type, Idempotency-Key, X-Request-Id',
      'access-control-max-age': '600',
    });
  });

  it.each([
    'https://app.example.evil.example',
    'https://sub.app.example',
    'https://app.example:8443',
    'http://app.example',
    'https://APP.example',
    'https://app.example/',
    'null',
    '*',
    `${app}, https://evil.example`,
  ])('give %s no permission, neither in a preflight nor in an answer', async (origin) => {
    for (const method of ['GET', 'OPTIONS']) {
      const { headers, status } = await ask(listed, origin, undefined, method);
      expect([permissions(headers), headers.vary]).toEqual([[], 'Origin']);
      expect(status).toBe(method === 'GET' ? 200 : 405);
    }
  });

  it('give nobody a permission for other paths', async () => {
    for (const path of ['/admin/things', '/api/v10/things', '/health'])
      expect(permissions((await ask(listed, app, path)).headers)).toEqual([]);
  });

  it('never join a wildcard and cookies: the origin is named', async () => {
    const { headers } = await ask(withCookies, app, undefined, 'OPTIONS');
    expect([headers['access-control-allow-origin'], headers['access-control-allow-credentials']]).toEqual([
      app,
      'true',
    ]);
    expect(headers['access-control-allow-headers']).toContain('X-Csrf');
    expect(permissions((await ask(withCookies, 'https://evil.example')).headers)).toEqual([]);
  });
});

describe('CRYPTOUTIL_CORS_ORIGINS', () => {
  const read = (text: string) => readSettings({ cors: corsSettings() }, { CRYPTOUTIL_CORS_ORIGINS: text }).cors.origins;

  it('is a list of origins, none by default', () => {
    expect(readSettings({ cors: corsSettings() }, {}).cors.origins).toEqual([]);
    expect(read('https://app.example, http://localhost:4200')).toEqual([
      'https://app.example',
      'http://localhost:4200',
    ]);
  });

  it.each(['*', 'null', 'app.example', 'https://app.example/', 'https://*.example', 'http://app.example', 'ftp://a'])(
    'refuses %s',
    (text) => expect(() => read(text)).toThrow('CRYPTOUTIL_CORS_ORIGINS'),
  );
});
