import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Agent } from 'undici';
import { AuthServiceClient } from './auth-service.fixture.js';
import { suiteFixture, type Suite } from './suite.fixture.js';

const WORKERS = 2;

describe('the Auth Service served by two workers', () => {
  let suite: Suite;
  let url: string;
  /** Each its own connection: connections are handed to the workers in turn. */
  let agents: Agent[];
  beforeAll(async () => {
    suite = await suiteFixture({ authz: { CRYPTOUTIL_AUTH_SERVICE_WORKERS: String(WORKERS) } });
    url = suite.file.urls.authService;
    const ca = readFileSync(suite.file.caFile);
    agents = Array.from({ length: 4 }, () => new Agent({ connect: { ca }, connections: 1, pipelining: 1 }));
  }, 180_000);
  afterAll(async () => {
    await Promise.all((agents ?? []).map((agent) => agent.destroy()));
    await suite?.close();
  }, 60_000);

  const clients = () => agents.map((agent) => new AuthServiceClient(suite, agent));
  const workers = (): number[] => {
    const { pid } = suite.running.process('authz');
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number);
  };
  const metric = async (name: string, dispatcher?: Agent): Promise<number> => {
    const { text } = await suite.call(`${url}/metrics`, { dispatcher });
    return Number(new RegExp(`^${name.replaceAll(/[{}]/g, '\\$&')} (\\S+)$`, 'm').exec(text)?.[1]);
  };
  const until = async (condition: () => boolean | Promise<boolean>): Promise<void> => {
    while (!(await condition())) await new Promise((settle) => setTimeout(settle, 20));
  };

  it('runs as many processes as the setting says', () => {
    expect(workers()).toHaveLength(WORKERS);
  });

  it('counts what all workers did, whichever is asked', async () => {
    const name = 'auth_server_token_success_count{token="N"}';
    const before = await metric(name);
    for (const client of clients()) expect(await client.token(url)).toBeDefined();
    for (const agent of agents) expect((await metric(name, agent)) - before).toBe(agents.length);
    expect(await metric('auth_server_workers')).toBe(WORKERS);
  });

  it('a revocation at one worker is known to all within a second, and a one-time token passes once', async () => {
    const [first] = clients();
    const token = (await first!.token(url))!;
    for (const client of clients()) expect((await client.ask(url, 'validate', token))?.status).toBe(200);
    expect((await first!.ask(url, 'revoke', token))?.status).toBe(200);
    for (const client of clients()) await until(async () => (await client.ask(url, 'validate', token))?.status === 401);
    const once = (await first!.token(url, 'ott'))!;
    const replies = await Promise.all(
      Array.from({ length: 40 }, (_, at) => clients()[at % agents.length]!.ask(url, 'validate', once)),
    );
    expect(replies.filter((reply) => reply?.status === 200)).toHaveLength(1);
  });

  it('a worker that is killed is replaced, others go on, and no count falls', async () => {
    const name = 'auth_server_token_success_count{token="N"}';
    const before = await metric(name);
    const [victim] = workers();
    process.kill(victim!, 'SIGKILL');
    await until(() => !workers().includes(victim!));
    await until(async () => {
      // Connections to the one that is gone break; the next attempt opens another.
      const answered = await Promise.all(clients().map((client) => client.token(url)));
      return answered.every((token) => token !== undefined);
    });
    await until(() => workers().length === WORKERS);
    await until(async () => (await metric('auth_server_worker_restarts_total')) === 1);
    expect(await metric(name)).toBeGreaterThan(before);
  });

  it('stops its workers with itself, and starts them again', async () => {
    const before = workers();
    await suite.running.restart('authz');
    for (const pid of before) expect(() => process.kill(pid, 0)).toThrow();
    const [client] = clients();
    await until(async () => (await client!.token(url)) !== undefined);
  });

  it('leaves no worker behind when the process that started them is killed', async () => {
    const before = workers();
    await suite.running.kill('authz');
    await until(() =>
      before.every((pid) => {
        try {
          return !process.kill(pid, 0);
        } catch {
          return true;
        }
      }),
    );
    await suite.running.restart('authz');
    expect(workers()).toHaveLength(WORKERS);
  });
});
