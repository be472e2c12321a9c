import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Controller, Get, Module, Post } from '@nestjs/common';
import { specPki, specService, type SpecPki, type SpecService } from '../../spec/test-service.js';
import { AccessModule, Public } from '../index.js';

const arrived: (() => void)[] = [];

@Public()
@Controller()
class RoutesController {
  @Get('costly')
  costly(): unknown {
    return {};
  }

  @Post('form/submit')
  submit(): unknown {
    return {};
  }

  @Get('free')
  free(): unknown {
    return {};
  }

  @Get('slow')
  slow(): Promise<unknown> {
    return new Promise((resolve) => arrived.push(() => resolve({})));
  }

  @Get('health')
  health(): unknown {
    return {};
  }
}

@Module({ imports: [AccessModule.forRoot()], controllers: [RoutesController] })
class RoutesModule {}

const settings = { listenHost: '127.0.0.1', listenPort: 0, publicUrl: 'https://localhost:8082' };

describe('requests of strangers to costly routes', () => {
  let pki: SpecPki;
  let service: SpecService;
  beforeAll(async () => {
    pki = await specPki();
    service = await specService(pki, {
      module: RoutesModule,
      // So slow that nothing comes back while the test runs.
      settings: {
        ...settings,
        rateLimitRps: 1,
        rateLimitBurst: 1_000,
        rateLimitGlobalRps: 1,
        rateLimitGlobalBurst: 2_000,
      },
      limited: [
        { path: '/costly', cost: 250 },
        { path: '/form/', method: 'POST' },
      ],
    });
  });
  afterAll(async () => {
    await service.close();
    await pki.close();
  });

  it('are refused beyond the limit with 429, Retry-After and RateLimit headers, however the path is spelt; others are served', async () => {
    const paths = ['/costly', '/COSTLY', '/costly/', '/costly?x=1', '/costly', '/Costly'];
    const answers = [];
    for (const path of paths) answers.push(await service.call(path));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 429, 429]);
    expect(answers[0]!.headers).toMatchObject({ 'ratelimit-limit': '1000', 'ratelimit-remaining': '750' });
    const { headers, json } = answers[4]!;
    expect(json).toMatchObject({ status: 429, code: 'too_many_requests', error: 'temporarily_unavailable' });
    expect(Number(headers['retry-after'])).toBeGreaterThan(200);
    expect(headers).toMatchObject({ 'ratelimit-remaining': expect.any(String), 'ratelimit-reset': expect.any(String) });
    const free = await service.call('/free');
    expect([free.status, free.headers['ratelimit-limit']]).toEqual([200, undefined]);
    expect((await service.call('/form/submit')).status).toBe(405);
  });

  it('are counted for each route that begins with a limited path, and only for its method', async () => {
    const { headers } = await service.call('/form/submit', { json: {} });
    expect(headers['ratelimit-limit']).toBe('1000');
    expect((await service.call('/form/submit')).headers).not.toHaveProperty('ratelimit-limit');
  });

  it('are not those of internal callers, who show their identity by certificate', async () => {
    const certificate = await pki.issue('idp');
    const { status, headers } = await service.call('/costly', { certificate });
    expect([status, headers['ratelimit-limit']]).toEqual([200, undefined]);
  });
});

describe('a service that has too many requests in flight', () => {
  it('answers 503 with Retry-After at once, but health always, and serves again when one has ended', async () => {
    const pki = await specPki();
    const service = await specService(pki, { module: RoutesModule, settings: { ...settings, maxInFlight: 2 } });
    const waiting = [service.call('/slow'), service.call('/slow')];
    while (arrived.length < 2) await new Promise((resolve) => setImmediate(resolve));
    const shed = await service.call('/free');
    expect([shed.status, shed.json.code, shed.headers['retry-after']]).toEqual([503, 'overloaded', '1']);
    expect((await service.call('/health')).status).toBe(200);
    for (const release of arrived.splice(0)) release();
    expect((await Promise.all(waiting)).map(({ status }) => status)).toEqual([200, 200]);
    // The service may hear of the end of an answer a little after the client has it.
    while ((await service.call('/free')).status !== 200);
    expect(service.log.filter(({ level, problem }) => level === 'warn' && problem)).toEqual([]);
    await service.close();
    await pki.close();
  });
});
