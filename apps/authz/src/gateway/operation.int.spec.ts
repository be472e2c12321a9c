import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ownTestPostgres, type OwnTestPostgres } from '@cryptoutil/testing';
import pg from 'pg';
import { BASE, gatewayFixture, tokenRequest, until, usersUrl, type GatewayFixture } from './gateway.fixture.js';
import { Retention } from './spent/retention.js';

describe('the Auth Service in operation', () => {
  let server: OwnTestPostgres;
  let gateway: GatewayFixture;
  beforeAll(async () => {
    server = await ownTestPostgres();
    gateway = await gatewayFixture({ replicas: 2, server });
  }, 60_000);
  afterAll(async () => {
    await gateway?.close();
    await server?.remove();
  });

  it('counts what the contract names', async () => {
    await gateway.validate(await gateway.token());
    await gateway.validate(await gateway.token(), 'http://unknown.example');
    await gateway.call(`${BASE}/token`, { method: 'POST', body: 'x' });
    await gateway.revoke(await gateway.token());
    await gateway.revoke('x');
    const { text, headers } = await gateway.call('/metrics');
    expect(headers['content-type']).toContain('text/plain; version=0.0.4');
    for (const line of [
      /^auth_server_token_requests_count\{token="N"\} [1-9]/m,
      /^auth_server_token_success_count\{token="O"\} 0/m,
      /^auth_server_token_error_count\{token="N",error_type="decode_error"\} 1/m,
      /^auth_server_token_generation_duration_seconds_bucket\{le="0.005"\} [1-9]/m,
      /^auth_server_validate_token_success_count [1-9]/m,
      /^auth_server_validate_token_error_count\{token="N",error_type="scope_lookup_error"\} [1-9]/m,
      /^auth_server_validate_token_latency_seconds_bucket\{le="\+Inf"\} [1-9]/m,
      /^auth_server_revoke_token_success_count 1/m,
      /^auth_server_revoke_token_error_count\{error_type="invalid_token"\} 1/m,
      /^auth_server_client_cache_hits_total [1-9]/m,
      /^auth_server_endpoint_cache_hits_total [1-9]/m,
      /^auth_server_db_connections_active \d/m,
      /^auth_server_db_connections_idle \d/m,
      /^auth_server_jwt_secret_age_seconds \d/m,
      /^auth_server_http_requests_total\{route="validate",method="POST",status="200"\} [1-9]/m,
      /^auth_server_http_request_duration_seconds_count\{route="token",method="POST",status="400"\} 1/m,
    ]) {
      expect(text).toMatch(line);
    }
  });

  it('counts a body of more than 64 KiB among the refused requests for tokens', async () => {
    const counted = async (token: string) => {
      const { text } = await gateway.call('/metrics');
      const count = (name: string) => Number(new RegExp(`^auth_server_${name} (\\d+)$`, 'm').exec(text)?.[1] ?? 0);
      return [
        count(`token_requests_count{token="${token}"}`),
        count(`token_error_count{token="${token}",error_type="decode_error"}`),
      ] as const;
    };
    for (const [verb, token] of [
      ['token', 'N'],
      ['ott', 'O'],
      ['one-time-token', 'O'],
    ] as const) {
      const [requests, errors] = await counted(token);
      const body = { ...tokenRequest('test-client', 'test-secret-123').body, pad: 'x'.repeat(65_536) };
      const reply = await gateway.call(`${BASE}/${verb}`, { method: 'POST', body });
      expect([reply.status, reply.json.error_description]).toEqual([400, 'Invalid JSON format']);
      expect(await counted(token)).toEqual([requests + 1, errors + 1]);
    }
  });

  it('sheds what is over a limit with 429, and what cannot be served with 503', async () => {
    const limited = await gateway.startReplica({
      CRYPTOUTIL_AUTH_SERVICE_CLIENT_RPS: '1',
      CRYPTOUTIL_AUTH_SERVICE_CLIENT_BURST: '2',
    });
    const index = gateway.replicas.indexOf(limited);
    const replies = [];
    for (let count = 0; count < 3; count += 1)
      replies.push(await gateway.call(`${BASE}/token`, tokenRequest('test-client', 'test-secret-123'), index));
    expect(replies.map(({ status }) => status)).toEqual([200, 200, 429]);
    expect(replies[0]!.headers).toMatchObject({ 'ratelimit-limit': '2', 'ratelimit-remaining': '1' });
    expect(replies[2]!.headers['retry-after']).toBe('1');
    expect(replies[2]!.json.error).toBe('rate_limit_exceeded');
    const other = await gateway.call(`${BASE}/token`, tokenRequest('test-client-2', 'secret-key-456'), index);
    expect(other.status).toBe(200);
    expect((await gateway.call('/health', {}, index)).status).toBe(200);
  });

  it('answers 503 at once to what is over the bound of requests in flight, and serves again after it', async () => {
    const bounded = await gateway.startReplica({ CRYPTOUTIL_AUTH_SERVICE_MAX_IN_FLIGHT: '2' });
    const index = gateway.replicas.indexOf(bounded);
    const tokens = [await gateway.token(), await gateway.token()];
    const { host, port, name: database, user, password } = gateway.database.settings;
    const blocker = new pg.Client({ host, port, database, user, password: password.text() });
    await blocker.connect();
    await blocker.query('BEGIN; LOCK TABLE gateway_spent_token IN ACCESS EXCLUSIVE MODE');
    const waiting = tokens.map((token) => gateway.revoke(token, index));
    let shed = await gateway.call(`${BASE}/`, {}, index);
    await until(async () => (shed = await gateway.call(`${BASE}/`, {}, index)).status === 503);
    expect([shed.headers['retry-after'], shed.json.error]).toEqual(['1', 'service_unavailable']);
    expect((await gateway.call(`${BASE}/token`, tokenRequest('test-client', 'test-secret-123'), index)).status).toBe(
      503,
    );
    expect((await gateway.call('/health', {}, index)).status).toBe(200);
    expect((await gateway.call('/metrics', {}, index)).status).toBe(200);
    await blocker.query('COMMIT');
    await blocker.end();
    expect((await Promise.all(waiting)).map(({ status }) => status)).toEqual([200, 200]);
    expect((await gateway.call(`${BASE}/`, {}, index)).status).toBe(200);
  });

  it('shows the age of the JWT secret since its first use, whatever the file says', async () => {
    await gateway.database.sql(`UPDATE gateway_jwt_secret SET first_used_at = now() - interval '85 days'`);
    const fresh = await gateway.startReplica();
    const index = gateway.replicas.indexOf(fresh);
    await until(async () => {
      const { text } = await gateway.call('/metrics', {}, index);
      return Number(/^auth_server_jwt_secret_age_seconds (\d+)/m.exec(text)?.[1]) >= 85 * 86_400;
    });
  });

  describe('while notifications are lost', () => {
    const feeds = () =>
      gateway.database.sql<{ pid: number }>(
        `SELECT pid FROM pg_stat_activity WHERE application_name LIKE '% feed' AND datname = current_database()`,
      );
    const refusedForGood = async (token: string, replica: number): Promise<void> => {
      await until(async () => (await gateway.validate(token, usersUrl, replica)).status === 401);
      for (let count = 0; count < 10; count += 1)
        expect((await gateway.validate(token, usersUrl, replica)).status).toBe(401);
    };

    it('because the channels were cut, a revocation is known everywhere all the same', async () => {
      const [good, ...tokens] = await Promise.all(Array.from({ length: 6 }, () => gateway.token()));
      for (const token of tokens) {
        expect((await gateway.validate(token, usersUrl, 1)).status).toBe(200);
        for (const { pid } of await feeds()) await gateway.database.sql(`SELECT pg_terminate_backend(${pid})`);
        expect((await gateway.revoke(token)).status).toBe(200);
        await refusedForGood(token, 1);
      }
      expect((await gateway.validate(good!, usersUrl, 1)).status).toBe(200);
    });

    it('because the channels are frozen, a revocation is known everywhere all the same', async () => {
      const [good, token] = [await gateway.token(), await gateway.token()];
      expect((await gateway.validate(token, usersUrl, 1)).status).toBe(200);
      // The test before has cut them; each replica opens its own anew.
      await until(async () => (await feeds()).length >= gateway.replicas.length);
      const frozen = (await feeds()).map(({ pid }) => pid);
      try {
        for (const pid of frozen) process.kill(pid, 'SIGSTOP');
        expect((await gateway.revoke(token)).status).toBe(200);
        await refusedForGood(token, 1);
        expect((await gateway.validate(good, usersUrl, 1)).status).toBe(200);
      } finally {
        for (const pid of frozen) process.kill(pid, 'SIGCONT');
      }
    });
  });

  it('counts the refusal of a one-time token as such', async () => {
    const token = await gateway.token('test-client-2', 'ott');
    expect((await gateway.validate(token)).status).toBe(403);
    expect((await gateway.validate(token)).status).toBe(401);
    const { text } = await gateway.call('/metrics');
    for (const type of ['scope_mismatch', 'invalid_token'])
      expect(text).toContain(`auth_server_validate_token_error_count{token="O",error_type="${type}"} 1`);
  });

  it('lets the ids of expired tokens go', async () => {
    await gateway.revoke(await gateway.token());
    await gateway.database.sql(`UPDATE gateway_spent_token SET expires_at = now() - interval '2 minutes'`);
    const retention = gateway.replicas[0]!.service.app.get(Retention);
    expect(await retention.sweep()).toBeGreaterThan(0);
    expect(await gateway.database.sql('SELECT 1 FROM gateway_spent_token')).toEqual([]);
  });

  it('answers 503 while the database is down, never 401, and remembers everything afterwards', async () => {
    const [good, revoked, used] = [
      await gateway.token(),
      await gateway.token(),
      await gateway.token('test-client', 'ott'),
    ];
    const unused = await gateway.token('test-client', 'ott');
    expect((await gateway.revoke(revoked)).status).toBe(200);
    expect((await gateway.validate(used)).status).toBe(200);
    await server.stop();
    await until(async () => (await gateway.validate(good)).status === 503);
    for (const reply of [
      await gateway.validate(good),
      await gateway.validate(unused),
      await gateway.revoke(good),
      await gateway.call(`${BASE}/token`, tokenRequest('test-client', 'test-secret-123')),
      await gateway.call('/health'),
    ]) {
      expect([reply.status, reply.headers['retry-after']]).toEqual([503, '1']);
    }
    expect((await gateway.call(`${BASE}/token`, tokenRequest('test-client', 'test-secret-123'))).json.error).toBe(
      'service_unavailable',
    );
    await server.restart();
    await until(async () => (await gateway.validate(good)).status === 200);
    const { text } = await gateway.call('/metrics');
    for (const line of [
      /^auth_server_token_error_count\{token="N",error_type="generation_error"\} [1-9]/m,
      /^auth_server_validate_token_error_count\{token="N",error_type="unavailable"\} [1-9]/m,
      /^auth_server_revoke_token_error_count\{error_type="unavailable"\} [1-9]/m,
    ])
      expect(text).toMatch(line);
    expect((await gateway.validate(revoked)).status).toBe(401);
    expect((await gateway.validate(used)).status).toBe(401);
    expect((await gateway.validate(unused)).status).toBe(200);
    await until(async () => (await gateway.call('/health')).json.checks.change_feed.status === 'ok');
    const fresh = await gateway.startReplica();
    const index = gateway.replicas.indexOf(fresh);
    expect((await gateway.validate(revoked, usersUrl, index)).status).toBe(401);
    expect((await gateway.validate(good, usersUrl, index)).status).toBe(200);
  });

  it.each<[string, Record<string, string>, string]>([
    [
      'too short a secret',
      { CRYPTOUTIL_AUTH_SERVICE_JWT_SECRET_FILE: '/tmp/x' },
      'CRYPTOUTIL_AUTH_SERVICE_JWT_SECRET_FILE',
    ],
    ['a taken port', {}, 'CRYPTOUTIL_AUTH_SERVICE_LISTEN_PORT'],
  ])('does not start with %s, and says why', async (name, env, variable) => {
    const port = new URL(gateway.replicas[0]!.url).port;
    if (name !== 'a taken port') {
      const file = `${gateway.secretFiles.current}-short`;
      writeFileSync(file, 'x'.repeat(31));
      env = { CRYPTOUTIL_AUTH_SERVICE_JWT_SECRET_FILE: file };
    } else env = { CRYPTOUTIL_AUTH_SERVICE_LISTEN_PORT: port };
    await expect(gateway.startReplica(env)).rejects.toThrow(variable);
  });
});
