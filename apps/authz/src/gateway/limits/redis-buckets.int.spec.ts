import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Secret } from '@cryptoutil/crypto';
import { createLogger } from '@cryptoutil/telemetry';
import { freePort, testPki, type TestPki } from '@cryptoutil/testing';
import { gatewayFixture, until } from '../gateway.fixture.js';
import { RedisBuckets } from './redis-buckets.js';
import { LocalCounts } from './request-counts.js';
import { SharedCounts } from './shared-counts.js';

const program = ['/usr/bin/redis-server', '/usr/bin/valkey-server'].find((path) => existsSync(path));
const whenInstalled = program ? describe : describe.skip;
const logger = createLogger({ service: 'test', level: 'silent' });
const PASSWORD = 'correct-horse';

whenInstalled('rate limits in a real Redis or Valkey, with TLS and a password', () => {
  let folder: string;
  let pki: TestPki;
  let port: number;
  let server: ChildProcess;
  const opened: RedisBuckets[] = [];

  const start = async (): Promise<void> => {
    const { certFile, keyFile, caFile } = await pki.files('authz');
    const tls = ['--tls-port', String(port), '--tls-cert-file', certFile, '--tls-key-file', keyFile];
    const options = [...tls, '--tls-ca-cert-file', caFile, '--tls-auth-clients', 'no', '--port', '0'];
    const more = ['--bind', '127.0.0.1', '--save', '', '--dir', folder, '--requirepass', PASSWORD];
    server = spawn(program!, [...options, ...more], { stdio: ['ignore', 'pipe', 'inherit'] });
    for await (const chunk of server.stdout!) if (String(chunk).includes('Ready to accept connections')) break;
  };
  const stop = async (signal: NodeJS.Signals = 'SIGKILL'): Promise<void> => {
    const ended = once(server, 'exit');
    server.kill(signal);
    await ended;
  };
  const buckets = async (password: string | undefined = PASSWORD): Promise<RedisBuckets> => {
    const store = new RedisBuckets(
      {
        url: `rediss://localhost:${port}`,
        user: undefined,
        password: password === undefined ? undefined : Secret.fromText(password),
        tlsCaFile: pki.caFile,
      },
      logger,
    );
    opened.push(store);
    store.open();
    if (password === PASSWORD) await until(() => store.isReady);
    return store;
  };

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'redis-'));
    pki = await testPki();
    port = await freePort();
    await start();
  }, 30_000);
  afterAll(async () => {
    for (const store of opened) store.close();
    if (server && server.exitCode === null && server.signalCode === null) await stop();
    await pki?.close();
    if (folder) rmSync(folder, { recursive: true });
  });

  it('of 200 requests at once by two processes exactly as many pass as the burst allows', async () => {
    const [one, other] = [await buckets(), await buckets()];
    const rate = { perSecond: 1 / 3_600, burst: 50 };
    const replies = await Promise.all(
      Array.from({ length: 200 }, (_, index) => (index % 2 ? one : other).take('client:a', rate)),
    );
    expect(replies.filter(({ allowed }) => allowed)).toHaveLength(50);
    expect(await one.take('client:b', rate)).toMatchObject({ allowed: true });
  });

  it('a bucket fills again with time, and its key does not stay for ever', async () => {
    const store = await buckets();
    const rate = { perSecond: 1_000, burst: 1 };
    await store.take('client:c', rate);
    await until(async () => (await store.take('client:c', rate)).allowed);
  });

  it('a wrong password is not connected, and requests are counted locally', async () => {
    const store = await buckets('wrong');
    const counts = new SharedCounts(store, new LocalCounts(), logger);
    expect(counts.take('client:a', { perSecond: 1, burst: 3 })).toMatchObject({ allowed: true, remaining: 2 });
    expect(store.isReady).toBe(false);
  });

  it('two replicas share a limit; while the server is away each counts for itself; nothing ever fails', async () => {
    const passwordFile = join(folder, 'password');
    writeFileSync(passwordFile, PASSWORD);
    const gateway = await gatewayFixture({
      replicas: 2,
      env: {
        CRYPTOUTIL_AUTH_SERVICE_CLIENT_RPS: '1',
        CRYPTOUTIL_AUTH_SERVICE_CLIENT_BURST: '1000',
        CRYPTOUTIL_AUTH_SERVICE_REDIS_URL: `rediss://localhost:${port}`,
        CRYPTOUTIL_AUTH_SERVICE_REDIS_PASSWORD_FILE: passwordFile,
        CRYPTOUTIL_AUTH_SERVICE_REDIS_TLS_CA_FILE: pki.caFile,
      },
    });
    try {
      const page = (replica: number) => gateway.call('/metrics', {}, replica).then(({ text }) => text);
      const remaining = async (replica: number): Promise<number> => {
        const reply = await gateway.revoke('x', replica);
        expect(reply.status).toBe(401);
        return Number(reply.headers['ratelimit-remaining']);
      };
      for (const replica of [0, 1]) await until(async () => /^auth_server_limits_shared 1/m.test(await page(replica)));
      const first = await remaining(0);
      for (let count = 0; count < 20; count += 1) await remaining(1);
      expect(await remaining(0)).toBeLessThan(first - 15);
      await stop();
      await until(async () => (await remaining(0)) > 990);
      expect(await page(0)).toMatch(/^auth_server_limits_shared 0/m);
      expect(await page(0)).toMatch(/^auth_server_limits_counted_locally_total [1-9]/m);
      await start();
      await until(async () => /^auth_server_limits_shared 1/m.test(await page(0)));
      await remaining(0);
    } finally {
      await gateway.close();
    }
  }, 60_000);
});
