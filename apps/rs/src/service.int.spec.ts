import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ConfigurationError } from '@cryptoutil/config';
import { pendingMigrations } from '@cryptoutil/database';
import { countStatements, temporaryDatabase } from '@cryptoutil/testing';
import { DataSource } from 'typeorm';
import { audience, collection, eventually, runningRs, type RunningRs } from '../fixtures/running-rs.js';
import { migrations, startRs } from './index.js';

let rs: RunningRs;
beforeAll(async () => {
  rs = await runningRs();
});
afterAll(() => rs.close());

const tokenWith = (scope?: string, claims: Record<string, unknown> = {}) =>
  rs.authz.jwt(audience, { scope, ...claims });

describe('health', () => {
  test.each(['/health', '/api/v1/public/health'])(
    '%s answers anyone, without a token or a certificate',
    async (path) => {
      // Right after the start the first round of checks may still be under way.
      const { body } = await eventually(
        () => rs.call('GET', path),
        ({ status }) => status === 200,
      );
      expect([body.status, body.service]).toEqual(['ok', 'rs']);
      expect(body.checks).toEqual({ database: { status: 'ok' }, kms: { status: 'ok' }, jwks: { status: 'ok' } });
    },
  );
});

describe('/api/v1/me', () => {
  test('shows the token as this service sees it, any scope or none', async () => {
    const claims = { acr: 'urn:mfa', amr: ['pwd', 'otp'], auth_time: 5, jti: 'j' };
    const { body } = await rs.call('GET', '/api/v1/me', { token: await tokenWith('openid', claims) });
    expect(body).toMatchObject({
      sub: 'alice',
      client_id: 'web',
      scope: 'openid',
      aud: [audience],
      source: 'jwt',
      ...claims,
    });
    const none = await rs.call('GET', '/api/v1/me', { token: await tokenWith() });
    expect(none.body.scope).toBe('');
  });

  test('says when the authorization server was asked', async () => {
    const token = rs.authz.token({ sub: undefined, client_id: 'service', scope: 'read:resource' });
    const { body } = await rs.call('GET', '/api/v1/me', { token });
    expect(body).toMatchObject({ sub: 'service', client_id: 'service', aud: [], source: 'introspection' });
  });
});

describe('/api/v1/admin/metrics', () => {
  test('counts the requests of this process by route pattern and status', async () => {
    const token = await tokenWith('admin read:resource');
    const rowFor = async (route: string, status: number) => {
      const { body } = await rs.call('GET', '/api/v1/admin/metrics', { token });
      const rows: { method: string; route: string; status: number; count: number }[] = body.requests.by_route;
      expect(rows.reduce((sum, { count }) => sum + count, 0)).toBe(body.requests.total);
      return rows.find((row) => row.method === 'GET' && row.route === route && row.status === status)?.count ?? 0;
    };
    const pattern = `${collection}/:id`;
    const before = await rowFor(pattern, 404);
    for (const id of ['0198d1c0-0000-7000-8000-00000000000b', '0198d1c0-0000-7000-8000-00000000000c']) {
      await rs.call('GET', `${collection}/${id}`, { token });
    }
    expect(await rowFor(pattern, 404)).toBe(before + 2);
    const unauthorized = await rowFor(collection, 401);
    await rs.call('GET', collection);
    expect(await rowFor(collection, 401)).toBe(unauthorized + 1);
    const unmatched = await rowFor('unmatched', 404);
    await rs.call('GET', '/api/v1/invented');
    expect(await rowFor('unmatched', 404)).toBe(unmatched + 1);
  });

  test('tells memory, uptime and the pool as they are', async () => {
    const { body } = await rs.call('GET', '/api/v1/admin/metrics', { token: await tokenWith('admin') });
    expect(body.memory.rss_bytes).toBeGreaterThan(body.memory.heap_used_bytes);
    expect(body.memory.heap_used_bytes).toBeGreaterThan(1_000_000);
    expect(body.uptime_seconds).toBeGreaterThanOrEqual(0);
    expect(body.database_pool).toMatchObject({ maximum: 10, waiting: 0 });
    expect(body.database_pool.open).toBeGreaterThanOrEqual(1);
  });
});

describe('OpenAPI', () => {
  test('describes every route, what it takes and which scope opens it', async () => {
    const { status, body } = await rs.call('GET', '/ui/swagger/doc.json');
    expect([status, body.openapi]).toEqual([200, '3.1.0']);
    const operations = Object.entries<Record<string, { security: unknown }>>(body.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { security }]) => [`${method.toUpperCase()} ${path}`, security]),
    );
    const oneOf = (scope: string) => [{ oauth2: [scope] }, { bearer: [scope] }];
    expect(Object.fromEntries(operations)).toEqual({
      'GET /health': [],
      'GET /livez': [],
      'GET /api/v1/public/health': [],
      [`GET ${collection}`]: oneOf('read:resource'),
      [`GET ${collection}/{id}`]: oneOf('read:resource'),
      [`POST ${collection}`]: oneOf('write:resource'),
      [`DELETE ${collection}`]: oneOf('delete:resource'),
      [`DELETE ${collection}/{id}`]: oneOf('delete:resource'),
      'GET /api/v1/admin/metrics': oneOf('admin'),
      'GET /api/v1/me': [{ oauth2: [] }, { bearer: [] }],
    });
  });
});

describe('two processes on one database', () => {
  test('what one keeps the other reads, and deletes for both', async () => {
    const other = await rs.another();
    const { call, close } = rs.outside(other.url);
    const token = await tokenWith('read:resource write:resource delete:resource');
    const { id } = (await rs.call('POST', collection, { token, body: { name: 'a', secret_note: 'shared' } })).body;
    expect((await call('GET', `${collection}/${id}`, { token })).body.secret_note).toBe('shared');
    expect((await call('DELETE', `${collection}/${id}`, { token })).status).toBe(204);
    expect((await rs.call('GET', `${collection}/${id}`, { token })).status).toBe(404);
    close();
    await other.close();
  });
});

describe('statements', () => {
  test('each request costs exactly one', async () => {
    const service = await rs.another();
    const { call, close } = rs.outside(service.url);
    const token = await tokenWith('read:resource write:resource delete:resource');
    await call('GET', collection, { token });
    const dataSource = service.app.get(DataSource);
    let id = '';
    const cost = (work: () => Promise<unknown>) => countStatements(dataSource, work);
    const post = () => call('POST', collection, { token, body: { name: 'a', secret_note: 'b' } });
    expect(await cost(async () => (id = (await post()).body.id))).toEqual({ reads: 0, writes: 1 });
    expect(await cost(() => call('GET', `${collection}/${id}`, { token }))).toEqual({ reads: 1, writes: 0 });
    expect(await cost(() => call('DELETE', `${collection}/${id}`, { token }))).toEqual({ reads: 0, writes: 1 });
    close();
    await service.close();
  });
});

describe('starting', () => {
  test('names every missing and unknown variable at once', async () => {
    const error: unknown = await startRs({ CRYPTOUTIL_KMS_ULR: 'https://localhost:1' }).catch(
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(ConfigurationError);
    const problems = (error as ConfigurationError).problems.join('\n');
    for (const variable of ['CRYPTOUTIL_TLS_CERT_FILE', 'CRYPTOUTIL_DATABASE_PASSWORD_FILE', 'CRYPTOUTIL_KMS_ULR']) {
      expect(problems).toContain(variable);
    }
  });

  test('a taken port rejects with the port, and leaves nothing open', async () => {
    const holder = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => holder.once('listening', resolve));
    const { port } = holder.address() as AddressInfo;
    await expect(startRs({ ...rs.env, CRYPTOUTIL_LISTEN_PORT: String(port) })).rejects.toMatchObject({
      code: 'EADDRINUSE',
      port,
    });
    await new Promise((resolve) => holder.close(resolve));
  });
});

describe('migrations', () => {
  test('apply once, and the last can be taken back', async () => {
    const database = await temporaryDatabase({ migrations });
    expect(await pendingMigrations(database.settings, { migrations })).toEqual([]);
    const { host, port, name, user, password } = database.settings;
    const source = new DataSource({
      ...{ type: 'postgres', host, port, database: name, username: user, password: password.text() },
      ...{ migrations, migrationsTableName: 'migrations' },
    });
    await source.initialize();
    await source.undoLastMigration();
    await source.destroy();
    expect(await pendingMigrations(database.settings, { migrations })).toHaveLength(1);
    await database.drop();
  });
});
