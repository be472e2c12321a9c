import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Module } from '@nestjs/common';
import { specPki, specService, type SpecPki, type SpecService } from '../../spec/test-service.js';
import { AccessModule, CheckFailed, HealthModule, type HealthCheck } from '../index.js';
import { promptStop, Stopping } from '../server/stopping.js';
import { WatchedCheck } from './watched-check.js';

let database: () => Promise<string | void> = () => Promise.resolve();

@Module({
  imports: [
    AccessModule.forRoot(),
    HealthModule.forRoot({
      checks: [
        { name: 'database', check: () => database() },
        { name: 'kms', check: () => Promise.resolve('unsealed') },
      ],
      paths: ['/health', '/api/v1/public/health'],
    }),
  ],
})
class HealthyModule {}

describe('health', () => {
  let pki: SpecPki;
  let service: SpecService;
  beforeAll(async () => {
    pki = await specPki();
    const settings = { listenHost: '127.0.0.1', listenPort: 0, publicUrl: 'https://localhost:8082', commit: 'abc1234' };
    service = await specService(pki, { module: HealthyModule, settings });
  });
  afterAll(async () => {
    await service.close();
    await pki.close();
  });

  it.each(['/health', '/api/v1/public/health'])(
    'answers anyone at %s with service, version, commit and checks',
    async (path) => {
      const { status, json } = await service.call(path);
      expect(status).toBe(200);
      expect(json).toEqual({
        ...{ status: 'ok', service: 'spec', version: '1.2.3', commit: 'abc1234' },
        checks: { database: { status: 'ok' }, kms: { status: 'ok', detail: 'unsealed' } },
      });
    },
  );

  it('answers 503 and says which check fails, but not why', async () => {
    database = () => Promise.reject(new Error('password of db.internal is wrong'));
    let answer = await service.call('/health');
    while (answer.status === 200) answer = await service.call('/health');
    expect(answer.status).toBe(503);
    expect(answer.headers['retry-after']).toBe('2');
    expect(answer.json.checks).toMatchObject({
      database: { status: 'failing', detail: 'unavailable' },
      kms: { status: 'ok' },
    });
  });

  it('answers that the process lives, whatever fails', async () => {
    database = () => Promise.reject(new Error('away'));
    const { status, json } = await service.call('/livez');
    expect({ status, json }).toEqual({ status: 200, json: { status: 'live' } });
  });

  it('answers 503 as soon as the process is stopping, so that balancers look elsewhere', async () => {
    database = () => Promise.resolve();
    const other = await specService(pki, { module: HealthyModule });
    expect((await other.call('/health')).status).toBe(200);
    await other.app.get(Stopping).begin(promptStop());
    const { status, json } = await other.call('/health');
    expect(status).toBe(503);
    expect(json.checks).toMatchObject({ process: { status: 'failing', detail: 'this process is stopping' } });
    expect((await other.call('/livez')).status).toBe(200);
    await other.close();
  });

  it('answers although a check hangs', async () => {
    database = () => new Promise(() => undefined);
    const { json } = await service.call('/health');
    expect(json).toHaveProperty('checks.database.status');
  });
});

describe('WatchedCheck', () => {
  const watched = (check: HealthCheck['check']) => {
    let now = 0;
    return { check: new WatchedCheck({ name: 'x', check }, () => now), pass: (ms: number) => (now += ms) };
  };

  it('shows the word of a CheckFailed and hides any other error', async () => {
    expect(await watched(() => Promise.reject(new CheckFailed('sealed'))).check.result(80)).toEqual({
      status: 'failing',
      detail: 'sealed',
    });
    expect(await watched(() => Promise.reject(new Error('secret'))).check.result(80)).toEqual({
      status: 'failing',
      detail: 'unavailable',
    });
  });

  it('does not ask again while the result is fresh', async () => {
    let asked = 0;
    const { check, pass } = watched(() => Promise.resolve(void (asked += 1)));
    await check.result(80);
    await check.result(80);
    expect(asked).toBe(1);
    pass(300);
    await check.result(80);
    expect(asked).toBe(2);
  });

  it('is failing when it never answered in time', async () => {
    expect(await watched(() => new Promise(() => undefined)).check.result(1)).toEqual({
      status: 'failing',
      detail: 'no answer',
    });
  });

  it('remembers the last result for 5 s at most while the check hangs', async () => {
    let hang = false;
    const { check, pass } = watched(() => (hang ? new Promise(() => undefined) : Promise.resolve()));
    await check.result(80);
    hang = true;
    pass(4_000);
    expect(await check.result(1)).toEqual({ status: 'ok' });
    pass(2_000);
    expect(await check.result(1)).toEqual({ status: 'failing', detail: 'no answer' });
  });

  it('is failing once a check has hung for a second', async () => {
    const { check } = watched(() => new Promise(() => undefined));
    expect(await check.refresh()).toEqual({ status: 'failing', detail: 'timeout' });
  });
});
