import { connect as connectH2 } from 'node:http2';
import { connect as connectTls } from 'node:tls';
import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ownTestPostgres, type OwnTestPostgres } from '@cryptoutil/testing';
import pg from 'pg';
import { request } from 'undici';
import { BASE, gatewayFixture, until, usersUrl, type GatewayFixture } from './gateway.fixture.js';
import { Retention } from './spent/retention.js';
import { GatewayListener } from './server/gateway-listener.js';

describe('the Auth Service in operation', () => {
  let server: OwnTestPostgres;
  let gateway: GatewayFixture;
  beforeAll(async () => {
    server = await ownTestPostgres();
    gateway = await gatewayFixture({ replicas: 2, server, env: { CRYPTOUTIL_AUTH_SERVICE_REDIRECT_PORT: '0' } });
  }, 60_000);
  afterAll(async () => {
    await gateway?.close();
    await server?.remove();
  });

  const form = (id: string, secret: string) => ({
    method: 'POST',
    body: { client_id: id, client_secret: secret, grant_type: 'client_credentials' },
  });

  describe('administration', () => {
    it('registers, shows, changes and removes a client, and never shows its secret', async () => {
      const body = { client_secret: 's3cret', allowed_scopes: ['read:ltp'], access_token_ttl: 60 };
      const put = await gateway.admin('/clients/a%2Fb', { method: 'PUT', body });
      expect([put.status, put.json.client_id, put.text.includes('s3cret')]).toEqual([201, 'a/b', false]);
      expect((await gateway.call(`${BASE}/token`, form('a/b', 's3cret'))).json.expires_in).toBe(60);
      const again = await gateway.admin('/clients/a%2Fb', { method: 'PUT', body: { allowed_scopes: [] } });
      expect([again.status, again.json.allowed_scopes]).toEqual([200, []]);
      expect((await gateway.call(`${BASE}/token`, form('a/b', 's3cret'))).status).toBe(200);
      expect((await gateway.admin('/clients?limit=1')).json).toMatchObject({
        items: [{ client_id: 'a/b' }],
        next_after: 'a/b',
      });
      expect((await gateway.admin('/clients/a%2Fb')).status).toBe(200);
      expect((await gateway.admin('/clients/a%2Fb', { method: 'DELETE' })).status).toBe(204);
      for (const method of ['GET', 'DELETE'])
        expect((await gateway.admin('/clients/a%2Fb', { method })).status).toBe(404);
      expect((await gateway.admin('/clients/a%2Fb', { method: 'PATCH', body: { active: true } })).status).toBe(404);
      expect((await gateway.call(`${BASE}/token`, form('a/b', 's3cret'))).status).toBe(401);
    });

    it.each([
      ['a new client without a secret', { allowed_scopes: [] }],
      ['too long a life', { client_secret: 'x', access_token_ttl: 86_401 }],
      ['no scope name', { client_secret: 'x', allowed_scopes: ['a b'] }],
      ['an unknown field', { client_secret: 'x', secret: 'y' }],
    ])('refuses %s', async (_, body) => {
      expect((await gateway.admin('/clients/new', { method: 'PUT', body })).json.code).toBe('invalid_request');
    });

    it('needs the identity ops', async () => {
      for (const path of ['clients', 'endpoints']) {
        const url = `${gateway.replicas[0]!.admin}/admin/v1/auth-service/${path}`;
        const { statusCode, body } = await request(url, { dispatcher: gateway.outside });
        await body.dump();
        expect(statusCode).toBe(401);
      }
    });

    it('a disabled client gets no token and its tokens are refused, on every replica', async () => {
      await gateway.admin('/clients/brief', {
        method: 'PUT',
        body: { client_secret: 'one', allowed_scopes: ['read:ltp'] },
      });
      const token = (await gateway.call(`${BASE}/token`, form('brief', 'one'))).json.access_token;
      expect((await gateway.validate(token)).status).toBe(200);
      await gateway.admin('/clients/brief', { method: 'PATCH', body: { active: false } });
      expect((await gateway.validate(token)).status).toBe(401);
      expect((await gateway.call(`${BASE}/token`, form('brief', 'one'))).status).toBe(401);
      await until(async () => (await gateway.validate(token, usersUrl, 1)).status === 401);
      await gateway.admin('/clients/brief', { method: 'PATCH', body: { active: true, client_secret: 'two' } });
      expect((await gateway.call(`${BASE}/token`, form('brief', 'one'))).status).toBe(401);
      expect((await gateway.call(`${BASE}/token`, form('brief', 'two'))).status).toBe(200);
      await until(async () => (await gateway.call(`${BASE}/token`, form('brief', 'two'), 1)).status === 200);
    });

    it('an endpoint is effective at once, and gone at once', async () => {
      const token = await gateway.token();
      const url = 'http://new.example/a';
      const { json } = await gateway.admin('/endpoints', {
        method: 'POST',
        body: { url, scope: 'read:ltp', method: 'get' },
      });
      expect(json).toMatchObject({ url, method: 'GET', active: true });
      expect(
        (await gateway.admin('/endpoints', { method: 'POST', body: { url, scope: 'read:quote', method: 'GET' } }))
          .status,
      ).toBe(200);
      expect((await gateway.validate(token, url)).status).toBe(200);
      const path = `/endpoints/${json.id}`;
      expect((await gateway.admin(path)).json.scope).toBe('read:quote');
      await gateway.admin(path, { method: 'PATCH', body: { active: false } });
      expect((await gateway.validate(token, url)).json.error_description).toBe('Unauthorized scope for endpoint');
      await gateway.admin(path, { method: 'PATCH', body: { active: true } });
      await until(async () => (await gateway.validate(token, url, 1)).status === 200);
      expect((await gateway.admin(path, { method: 'DELETE' })).status).toBe(204);
      expect((await gateway.validate(token, url)).status).toBe(401);
      for (const method of ['GET', 'DELETE']) expect((await gateway.admin(path, { method })).status).toBe(404);
      expect((await gateway.admin('/endpoints?limit=2')).json.items).toHaveLength(2);
    });
  });

  it('speaks HTTP/2', async () => {
    const session = connectH2(gateway.replicas[0]!.url, { ca: gateway.caPem });
    const stream = session.request({ ':path': `${BASE}/token`, ':method': 'POST' });
    stream.end(JSON.stringify(form('test-client', 'test-secret-123').body));
    let text = '';
    const status = await new Promise((settle) => stream.once('response', (headers) => settle(headers[':status'])));
    for await (const chunk of stream.setEncoding('utf8')) text += chunk;
    session.close();
    expect([status, JSON.parse(text).token_type]).toEqual([200, 'Bearer']);
  });

  it('keeps HTTP/1.1 connections, and answers headers of 64 KiB with the error of the contract', async () => {
    const port = Number(new URL(gateway.replicas[0]!.url).port);
    const socket = connectTls({ port, host: '127.0.0.1', servername: 'localhost', ca: gateway.caPem });
    let text = '';
    socket.on('error', () => undefined);
    socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    const get = `POST ${BASE}/validate HTTP/1.1\r\nHost: x\r\n\r\n`;
    socket.write(get);
    await until(() => text.includes('Missing X-Forwarded-For'));
    expect(text).not.toMatch(/connection: close/i);
    text = '';
    socket.write(`GET / HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(65_536)}\r\n\r\n`);
    await new Promise((settle) => socket.once('close', settle));
    expect(text).toMatch(/^HTTP\/1.1 400 /);
    expect(text).toContain('"error":"invalid_request"');
  });

  it('Envoy’s ext_authz is answered whatever the method', async () => {
    const session = connectH2(gateway.replicas[0]!.url, { ca: gateway.caPem });
    const authorization = `Bearer ${await gateway.token()}`;
    const ask = async (path: string, method: string, more = {}) => {
      const asked = { ':path': `${BASE}/ext-authz${path}`, ':method': method, ':authority': 'api.example.com' };
      const stream = session.request({ ...asked, authorization, 'x-forwarded-proto': 'http', ...more });
      stream.end();
      stream.resume();
      return new Promise((settle) => stream.once('response', (headers) => settle(headers[':status'])));
    };
    expect(await ask('/v1/users?x=1', 'DELETE')).toBe(200);
    expect(await ask('/v1/other', 'GET')).toBe(401);
    expect(await ask('/v1/other', 'GET', { 'x-original-url': usersUrl })).toBe(200);
    expect(await ask('/v1/users', 'GET', { 'x-forwarded-proto': 'x' })).toBe(400);
    session.close();
  });

  it('the plain listener leads to HTTPS without changing the method', async () => {
    const { redirectUrl } = gateway.replicas[0]!.service.app.get(GatewayListener);
    const { statusCode, headers } = await request(`${redirectUrl}${BASE}/token?x=1`, { method: 'POST', body: '{}' });
    expect([statusCode, headers.location]).toEqual([308, `${gateway.replicas[0]!.url}${BASE}/token?x=1`]);
  });

  it('counts what the contract names', async () => {
    await gateway.validate(await gateway.token());
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

  it('sheds what is over a limit with 429, and what cannot be served with 503', async () => {
    const limited = await gateway.startReplica({
      CRYPTOUTIL_AUTH_SERVICE_CLIENT_RPS: '1',
      CRYPTOUTIL_AUTH_SERVICE_CLIENT_BURST: '2',
    });
    const index = gateway.replicas.indexOf(limited);
    const replies = [];
    for (let count = 0; count < 3; count += 1)
      replies.push(await gateway.call(`${BASE}/token`, form('test-client', 'test-secret-123'), index));
    expect(replies.map(({ status }) => status)).toEqual([200, 200, 429]);
    expect(replies[0]!.headers).toMatchObject({ 'ratelimit-limit': '2', 'ratelimit-remaining': '1' });
    expect(replies[2]!.headers['retry-after']).toBe('1');
    expect(replies[2]!.json.error).toBe('rate_limit_exceeded');
    const other = await gateway.call(`${BASE}/token`, form('test-client-2', 'secret-key-456'), index);
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
    expect((await gateway.call(`${BASE}/token`, form('test-client', 'test-secret-123'), index)).status).toBe(503);
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

  describe('malformed requests', () => {
    const secret = 'MARK-4711';
    const url = JSON.stringify(usersUrl);
    const bodies: [string, string | Buffer][] = [
      ['nothing', ''],
      ['half a document', `{"client_id":"${secret}`],
      ['an array', `["${secret}"]`],
      ['a number', '1e999'],
      ['null', 'null'],
      ['deep nesting', `{"endpoint_url":${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}}`],
      ['deep arrays', '['.repeat(60_000)],
      ['65 KiB', `{"endpoint_url":${url},"pad":"${'x'.repeat(66_000)}"}`],
      ['a megabyte', Buffer.alloc(1_048_576, 0x20)],
      ['a member twice', `{"endpoint_url":${url},"endpoint_url":${url}}`],
      [
        '__proto__',
        `{"__proto__":{"client_id":"test-client","client_secret":"test-secret-123"},"grant_type":"${secret}"}`,
      ],
      [
        'wrong types',
        `{"client_id":{"a":1},"client_secret":[1],"grant_type":true,"endpoint_url":{"$ne":1},"method":7}`,
      ],
      [
        'escaped NUL',
        String.raw`{"client_id":"a\u0000b","client_secret":"c","grant_type":"client_credentials","endpoint_url":"\u0000"}`,
      ],
      ['raw NUL', Buffer.from('{"client_id":"a\0b"}')],
      ['no UTF-8', Buffer.from([0x7b, 0xff, 0xfe, 0x7d])],
      [
        'lone surrogates',
        String.raw`{"client_id":"\ud800","client_secret":"\udfff","grant_type":"client_credentials","endpoint_url":"\ud800"}`,
      ],
      ['a BOM', `\uFEFF{"client_id":"x"}`],
    ];
    const types = ['application/json', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x'];

    it.each(bodies)('%s: the contract’s answer at every route, and no echo', async (_, body) => {
      for (const verb of ['token', 'ott', 'one-time-token', 'validate', 'revoke']) {
        for (const type of types) {
          const reply = await gateway.call(`${BASE}/${verb}`, {
            method: 'POST',
            body,
            headers: { 'content-type': type, authorization: `Bearer ${secret}` },
          });
          expect([400, 401]).toContain(reply.status);
          expect(Object.keys(reply.json)).toEqual(['error', 'error_description', 'request_id']);
          expect(reply.text).not.toMatch(/MARK-4711|at \w+ \(|node:|SyntaxError|test-secret/);
        }
      }
    });

    it.each(['PUT', 'PATCH', 'DELETE', 'HEAD', 'TRACE', 'QUERY', 'PROPFIND'])('%s is not there', async (method) => {
      for (const path of [`${BASE}/token`, `${BASE}/validate`, `${BASE}/revoke`, '/health', '/metrics'])
        expect((await gateway.call(path, { method })).status).toBe(404);
    });

    it.each([
      `${BASE}/token/`,
      `${BASE}//token`,
      `${BASE}/%74oken`,
      `${BASE}/token%00`,
      `${BASE}/token;a=b`,
      '/AUTH-SERVER/v1/oauth/token',
      '/debug/pprof/heap',
    ])('POST %s is not there', async (path) => {
      expect((await gateway.call(path, { method: 'POST', body: '{}' })).status).toBe(404);
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

  it('takes two Authorization headers for none, whichever is good', async () => {
    const token = await gateway.token();
    const port = Number(new URL(gateway.replicas[0]!.url).port);
    const ask = async (verb: string, ...values: string[]): Promise<string> => {
      const socket = connectTls({ port, host: '127.0.0.1', servername: 'localhost', ca: gateway.caPem });
      let text = '';
      socket.on('error', () => undefined);
      socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      const lines = values.map((value, at) => `${at === 0 ? 'Authorization' : 'AUTHORIZATION'}: ${value}\r\n`);
      const url = `X-Forwarded-For: ${usersUrl}\r\n`;
      socket.write(`POST ${BASE}/${verb} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${url}${lines.join('')}\r\n`);
      await new Promise((settle) => socket.once('close', settle));
      return text.slice(9, 12);
    };
    const good = `Bearer ${token}`;
    expect(await ask('validate', good)).toBe('200');
    for (const verb of ['validate', 'revoke']) {
      expect(await ask(verb, good, 'Bearer x')).toBe('401');
      expect(await ask(verb, 'Bearer x', good)).toBe('401');
      expect(await ask(verb, good, good)).toBe('401');
    }
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
      await gateway.call(`${BASE}/token`, form('test-client', 'test-secret-123')),
      await gateway.call('/health'),
    ]) {
      expect([reply.status, reply.headers['retry-after']]).toEqual([503, '1']);
    }
    expect((await gateway.call(`${BASE}/token`, form('test-client', 'test-secret-123'))).json.error).toBe(
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
