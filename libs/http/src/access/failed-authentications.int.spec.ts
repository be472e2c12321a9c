import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Controller, Get, Module } from '@nestjs/common';
import { AuthorizationServerUnavailable, InvalidToken, type AccessTokenClaims } from '@cryptoutil/oauth';
import { specPki, specService, type SpecPki, type SpecService } from '../../spec/test-service.js';
import { AccessModule, RequireIdentity, RequireScope } from '../index.js';
import { FailedAuthentications } from './failed-authentications.js';

const verifier = {
  verify: (token: string): Promise<AccessTokenClaims> =>
    token === 'good' || token === 'scopeless'
      ? Promise.resolve({ sub: 'alice', client_id: 'web', scope: new Set(token === 'good' ? ['read'] : []) } as never)
      : Promise.reject(new InvalidToken(token === 'expired' ? 'expired' : 'signature')),
};

@Controller()
class DoorsController {
  @Get('scope')
  @RequireScope('read')
  scope(): unknown {
    return {};
  }

  @Get('internal')
  @RequireIdentity('authz')
  internal(): unknown {
    return {};
  }
}

@Module({ imports: [AccessModule.forRoot({ verifier })], controllers: [DoorsController] })
class DoorsModule {}

const BURST = 8;

describe('failed authentications of a network', () => {
  let pki: SpecPki;
  let service: SpecService;
  beforeAll(async () => {
    pki = await specPki();
    service = await specService(pki, {
      module: DoorsModule,
      // So slow that nothing comes back while the test runs.
      settings: {
        ...{ listenHost: '127.0.0.1', listenPort: 0, publicUrl: 'https://localhost:8082' },
        ...{ authFailureRps: 0.001, authFailureBurst: BURST },
      },
      direct: () => (incoming) =>
        incoming.url === '/direct'
          ? {
              route: { pattern: '/direct', access: { kind: 'scope', scopes: ['read'] }, bodyLimitBytes: 64 },
              call: {
                known: () => undefined,
                judge: () => undefined,
                answer: () => Promise.resolve('{}'),
                refusal: (error) => error,
                ended: () => undefined,
              },
            }
          : undefined,
    });
  });
  afterAll(async () => {
    await service.close();
    await pki.close();
  });
  const call = (path: string, token?: string) =>
    service.call(path, token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } });

  it('are answered 401 up to the limit, whatever is wrong, and 429 with Retry-After and the challenge beyond it', async () => {
    const failing = [
      ['/scope', undefined, 401],
      ['/scope', 'bad', 401],
      ['/scope', 'a b', 400],
      ['/direct', undefined, 401],
      ['/direct', 'bad', 401],
      ['/internal', undefined, 401],
    ] as const;
    for (const [path, token, status] of failing) expect((await call(path, token)).status).toBe(status);
    for (let more = failing.length; more < BURST; more += 1) await call('/scope');
    for (const [path, token] of failing) {
      const { status, json, headers } = await call(path, token);
      expect([path, token, status, json['code']]).toEqual([path, token, 429, 'too_many_requests']);
      expect(Number(headers['retry-after'])).toBeGreaterThan(0);
      expect(headers['www-authenticate']).toMatch(path === '/internal' ? /^ClientCertificate$/ : /^Bearer/);
    }
  });

  it('hold nobody up who has a good token or certificate, nor hide from a client that its token expired', async () => {
    expect((await call('/scope')).status).toBe(429);
    expect((await call('/scope', 'good')).status).toBe(200);
    expect((await service.call('/direct', { headers: { authorization: 'Bearer good' } })).status).toBe(200);
    expect((await service.call('/internal', { certificate: await pki.issue('authz') })).status).toBe(200);
    expect((await call('/scope', 'scopeless')).json).toMatchObject({ status: 403, code: 'insufficient_scope' });
    for (let time = 0; time <= BURST; time += 1)
      expect((await call('/scope', 'expired')).json).toMatchObject({ status: 401, code: 'invalid_token' });
  });

  it('are not counted for services, which show their certificate', async () => {
    const certificate = await pki.issue('rs');
    for (let time = 0; time <= BURST; time += 1)
      expect((await service.call('/scope', { certificate })).status).toBe(401);
  });

  describe('that only the issuer could tell', () => {
    const request = { socket: { remoteAddress: '192.0.2.1' } } as never;
    const failures = () => new FailedAuthentications({ perSecond: 0.001, burst: 3 });

    it('are not asked about beyond the limit, nor more at once', async () => {
      const limit = failures();
      const { promise, reject } = Promise.withResolvers<never>();
      let asked = 0;
      const ask = () =>
        limit
          .ask(request, () => {
            asked += 1;
            return promise;
          })
          .catch((error: unknown) => limit.answerTo(error, request));
      const answers = Promise.all(Array.from({ length: 50 }, ask));
      reject(new InvalidToken('inactive'));
      const codes = (await answers).map((error) => (error as { code: string }).code);
      expect([asked, codes.filter((code) => code === 'too_many_requests').length]).toEqual([3, 47]);
      expect(await ask()).toMatchObject({ code: 'too_many_requests', headers: { 'Retry-After': expect.any(String) } });
      expect(asked).toBe(3);
    });

    it('cost nothing when the token is good, or the issuer is away', async () => {
      const limit = failures();
      const away = new AuthorizationServerUnavailable('away');
      for (let time = 0; time < 10; time += 1) {
        expect(await limit.ask(request, () => Promise.resolve('good'))).toBe('good');
        await expect(limit.ask(request, () => Promise.reject(away))).rejects.toBe(away);
        expect(limit.answerTo(away, request)).toBe(away);
      }
    });
  });

  it('come back as time passes, and other networks have their own', () => {
    let now = 0;
    const failures = new FailedAuthentications({ perSecond: 2, burst: 1 }, () => now);
    const statusFor = (remoteAddress: string) => {
      const request = { socket: { remoteAddress } } as never;
      const answer = failures.answerTo(new InvalidToken('signature'), request);
      return answer instanceof InvalidToken ? 401 : (answer as { status: number }).status;
    };
    expect(['2001:db8::1', '2001:db8::2', '2001:db8:0:1::1', '192.0.2.1'].map(statusFor)).toEqual([401, 429, 401, 401]);
    now += 500;
    expect(statusFor('2001:db8::2')).toBe(401);
  });
});
