import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { ownTestPostgres } from '@cryptoutil/testing';
import { audience, collection, eventually, runningRs, type RunningRs } from '../fixtures/running-rs.js';

const scope = 'read:resource write:resource delete:resource admin';
const note = { name: 'a', secret_note: 'b' };
let postgres: Awaited<ReturnType<typeof ownTestPostgres>>;
let rs: RunningRs;
let token: string;

beforeAll(async () => {
  postgres = await ownTestPostgres();
  rs = await runningRs({ server: postgres });
  token = await rs.authz.jwt(audience, { scope });
});
afterAll(async () => {
  await rs.close();
  await postgres.remove();
});

const create = () => rs.call('POST', collection, { token, body: note });
const list = () => rs.call('GET', collection, { token });
const health = () => rs.call('GET', '/health');
const healthSays = (check: string, status: string, detail?: string) =>
  eventually(health, ({ body }) => {
    const found = body.checks[check];
    return found.status === status && (detail === undefined || found.detail === detail);
  });
const stored = async () =>
  (await rs.database.sql<{ n: number }>('SELECT count(*)::int AS n FROM protected_resource'))[0]!.n;

describe('while the kms is sealed', () => {
  afterEach(() => {
    rs.kms.sealed = false;
  });

  test('what needs a note answers 503 with the time the kms named, stores nothing, and the rest goes on', async () => {
    const { id } = (await create()).body;
    const before = await stored();
    rs.kms.sealed = true;
    for (const answer of [await create(), await rs.call('GET', `${collection}/${id}`, { token })]) {
      expect([answer.status, answer.body.code, answer.headers['retry-after']]).toEqual([503, 'unavailable', '7']);
    }
    expect(await stored()).toBe(before);
    expect((await list()).status).toBe(200);
    const report = await healthSays('kms', 'failing', 'sealed');
    expect([report.status, report.body.status]).toEqual([503, 'unavailable']);
    expect((await rs.call('DELETE', `${collection}/${id}`, { token })).status).toBe(204);

    rs.kms.sealed = false;
    expect((await create()).status).toBe(201);
    expect((await healthSays('kms', 'ok')).status).toBe(200);
  });
});

describe('while the kms is gone', () => {
  test('503, and all is well when it is back', async () => {
    const { id } = (await create()).body;
    await rs.kms.stop();
    const { status, headers } = await create();
    expect([status, Number(headers['retry-after']) > 0]).toEqual([503, true]);
    await healthSays('kms', 'failing', 'unreachable');
    await rs.kms.start();
    expect((await rs.call('GET', `${collection}/${id}`, { token })).body.secret_note).toBe('b');
  });

  test('a kms that lost its key makes writing fail as our fault, not as the client’s', async () => {
    const { keyId } = rs.kms;
    rs.kms.keyId = undefined;
    expect((await create()).status).toBe(500);
    rs.kms.keyId = keyId;
    expect((await create()).status).toBe(201);
  });
});

describe('while the authorization server is gone', () => {
  test('JWT access tokens go on, opaque ones answer 503 instead of 401, and health keeps saying that the keys are known', async () => {
    const opaque = rs.authz.token({ scope });
    const known = rs.authz.token({ scope });
    expect((await rs.call('GET', collection, { token: known })).status).toBe(200);
    await rs.authz.stop();
    expect((await list()).status).toBe(200);
    expect((await rs.call('GET', collection, { token: known })).status).toBe(200);
    const { status, headers, body } = await rs.call('GET', collection, { token: opaque });
    expect([status, body.code, Number(headers['retry-after']) > 0]).toEqual([503, 'unavailable', true]);
    expect(headers['www-authenticate']).toBeUndefined();
    const report = await eventually(health, ({ status }) => status === 200);
    expect(report.body.checks.jwks.status).toBe('ok');
    await rs.authz.start();
    expect((await rs.call('GET', collection, { token: opaque })).status).toBe(200);
  });

  test.each([500, 503, 401])(
    'introspection that answers %i is no verdict on the token: 503',
    async (introspectionStatus) => {
      rs.authz.introspectionStatus = introspectionStatus;
      const { status } = await rs.call('GET', collection, { token: rs.authz.token({ scope }) });
      rs.authz.introspectionStatus = 200;
      expect(status).toBe(503);
    },
  );

  test('a service that never met it starts, says so, refuses nobody for good, and serves as soon as it comes', async () => {
    await rs.authz.stop();
    const { app, url } = await rs.another();
    const { call, close } = rs.outside(url);
    const first = await call('GET', collection, { token });
    expect([first.status, first.body.code]).toEqual([503, 'unavailable']);
    const report = await call('GET', '/health');
    expect([report.status, report.body.checks.jwks.status]).toEqual([503, 'failing']);
    await rs.authz.start();
    expect(
      (
        await eventually(
          () => call('GET', collection, { token }),
          ({ status }) => status === 200,
        )
      ).status,
    ).toBe(200);
    await eventually(
      () => call('GET', '/health'),
      ({ status }) => status === 200,
    );
    close();
    await app.close();
  });
});

describe('while PostgreSQL is gone', () => {
  test('503 with Retry-After, and it recovers without a restart', async () => {
    const { id } = (await create()).body;
    await postgres.stop();
    const { status, headers } = await list();
    expect([status, Number(headers['retry-after']) > 0]).toEqual([503, true]);
    expect((await create()).status).toBe(503);
    const report = await healthSays('database', 'failing');
    expect(report.status).toBe(503);
    expect((await rs.call('GET', '/api/v1/me', { token })).status).toBe(200);
    await postgres.restart();
    await eventually(list, ({ status }) => status === 200);
    expect((await rs.call('GET', `${collection}/${id}`, { token })).body.secret_note).toBe('b');
    expect((await healthSays('database', 'ok')).status).toBe(200);
  });
});
