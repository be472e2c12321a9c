import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import type { Agent } from 'undici';
import { operator, suiteFixture, type Suite } from './suite.fixture.js';

describe('bad luck', () => {
  let suite: Suite;
  let ops: Agent;

  beforeAll(async () => {
    suite = await suiteFixture();
    ops = operator(suite);
  }, 180_000);
  afterAll(async () => {
    await ops?.close();
    await suite?.close();
  }, 60_000);

  const urls = () => suite.file.urls;
  const health = (url: string) => suite.call(url);
  /** Asks until the answer is the wanted one; the test's own time limit ends it otherwise. */
  const until = async <T>(ask: () => Promise<T>, wanted: (answer: T) => boolean): Promise<T> => {
    for (;;) {
      const answer = await ask();
      if (wanted(answer)) return answer;
    }
  };
  const issue = () =>
    suite.call(`${suite.file.issuer}/oauth2/v1/token`, {
      basic: suite.file.clients['service'],
      form: { grant_type: 'client_credentials', resource: urls().rs, scope: 'read:resource write:resource' },
    });

  it('kms sealed: issuance answers 503 with Retry-After, verification goes on, readiness says why; unsealing heals', async () => {
    const token = (await issue()).json.access_token;
    const sealed = await suite.call(`${urls().kms}/admin/v1/seal`, { method: 'POST', dispatcher: ops });
    expect(sealed.status).toBeLessThan(300);
    const refused = await issue();
    expect([refused.status, refused.json.error]).toEqual([503, 'temporarily_unavailable']);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    expect((await suite.call(`${suite.file.issuer}/oauth2/v1/jwks`)).json.keys.length).toBeGreaterThan(0);
    expect((await suite.call(`${urls().rs}/api/v1/me`, { token })).status).toBe(200);
    const ready = await suite.call(`${urls().kms}/admin/v1/readyz`);
    expect([ready.status, ready.json.status]).toEqual([503, 'sealed']);
    const told = await until(
      () => health(`${urls().authz}/health`),
      ({ status }) => status === 503,
    );
    expect(told.text).toContain('sealed');
    for (const file of suite.file.unsealShareFiles.slice(0, 3)) {
      const share = readFileSync(file, 'utf8').trim();
      await suite.call(`${urls().kms}/admin/v1/unseal`, { json: { share }, dispatcher: ops });
    }
    expect((await issue()).status).toBe(200);
    await until(
      () => health(`${urls().authz}/health`),
      ({ status }) => status === 200,
    );
  }, 60_000);

  it('kill -9 of each service: after a restart tokens, resources and ciphertexts are all there', async () => {
    const { access_token: token } = (await issue()).json;
    const opaque = (
      await suite.call(`${suite.file.issuer}/oauth2/v1/token`, {
        basic: suite.file.clients['service'],
        form: { grant_type: 'client_credentials', scope: 'read:resource' },
      })
    ).json.access_token;
    const resource = `${urls().rs}/api/v1/protected/resource`;
    const created = await suite.call(resource, { token, json: { name: 'kept', secret_note: 'kept note' } });
    expect(created.status).toBe(201);
    for (const name of ['rs', 'idp', 'authz', 'kms'] as const) {
      await suite.running.kill(name, 'SIGKILL');
      await suite.running.restart(name);
    }
    await until(
      () => health(`${urls().authz}/health`),
      ({ status }) => status === 200,
    );
    const read = await suite.call(`${resource}/${created.json.id}`, { token });
    expect([read.status, read.json.secret_note]).toEqual([200, 'kept note']);
    const active = await suite.call(`${suite.file.issuer}/oauth2/v1/introspect`, {
      basic: suite.file.clients['introspector'],
      form: { token: opaque },
    });
    expect(active.json.active).toBe(true);
    expect((await suite.call(`${urls().rs}/api/v1/me`, { token: (await issue()).json.access_token })).status).toBe(200);
  }, 120_000);

  it('a service that is down is 503 for those who need it, never 401 or 500, and heals without their restart', async () => {
    const { access_token: token } = (await issue()).json;
    await suite.running.kill('kms', 'SIGKILL');
    const resource = `${urls().rs}/api/v1/protected/resource`;
    const refused = await suite.call(resource, { token, json: { name: 'x', secret_note: 'y' } });
    expect([refused.status, Number(refused.headers['retry-after']) > 0]).toEqual([503, true]);
    expect((await issue()).status).toBe(503);
    await suite.running.restart('kms');
    expect((await until(issue, ({ status }) => status === 200)).status).toBe(200);
    expect((await suite.call(resource, { token, json: { name: 'x', secret_note: 'y' } })).status).toBe(201);
  }, 60_000);

  it('PostgreSQL restarted: requests answer 503 for its time and work again without a restart of anything', async () => {
    const { access_token: token } = (await issue()).json;
    const resource = `${urls().rs}/api/v1/protected/resource`;
    await suite.running.stopDatabase();
    for (const reply of [await issue(), await suite.call(resource, { token })])
      expect([reply.status, Number(reply.headers['retry-after']) > 0]).toEqual([503, true]);
    for (const url of [urls().authz, urls().idp, urls().rs])
      await until(
        () => health(`${url}/health`),
        ({ status }) => status === 503,
      );
    await suite.running.startDatabase();
    expect((await until(issue, ({ status }) => status === 200)).status).toBe(200);
    expect(
      (
        await until(
          () => suite.call(resource, { token }),
          ({ status }) => status === 200,
        )
      ).status,
    ).toBe(200);
    for (const url of [urls().authz, urls().idp, urls().rs])
      await until(
        () => health(`${url}/health`),
        ({ status }) => status === 200,
      );
  }, 120_000);
});
