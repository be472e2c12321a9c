import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { suiteFixture, type Reply, type Suite } from './suite.fixture.js';

const BASE = '/auth-server/v1/oauth';
const usersUrl = 'http://api.example.com/v1/users';
const run = promisify(execFile);
const hasCurl = ['/usr/bin/curl', '/bin/curl', '/usr/local/bin/curl'].some((path) => existsSync(path));
/** The command lines of the deployment checklist, with <token> as it stands there. */
const checklist = readFileSync(new URL('../checklist/auth-service.sh', import.meta.url), 'utf8')
  .replaceAll(/\\\n\s*/g, '')
  .split('\n')
  .filter((line) => line.startsWith('curl '));

describe('the Auth Service in the suite, with two replicas of authz', () => {
  let suite: Suite;
  let urls: string[];
  let ids: string[];
  beforeAll(async () => {
    suite = await suiteFixture();
    const replica = await suite.running.addReplica('authz');
    urls = [suite.file.urls.authService, replica.authServiceUrl!];
    ids = ['authz', replica.id];
  }, 180_000);
  afterAll(() => suite?.close(), 60_000);

  const token = async (kind: 'token' | 'ott', replica = 0): Promise<string | undefined> => {
    const form = { client_id: 'test-client', client_secret: 'test-secret-123', grant_type: 'client_credentials' };
    const reply = await suite.call(`${urls[replica]}${BASE}/${kind}`, { json: form }).catch(() => undefined);
    return reply?.status === 200 ? reply.json.access_token : undefined;
  };
  const ask = (verb: 'validate' | 'revoke', bearer: string, replica = 0): Promise<Reply | undefined> =>
    suite
      .call(`${urls[replica]}${BASE}/${verb}`, {
        method: 'POST',
        token: bearer,
        headers: { 'x-forwarded-for': usersUrl },
      })
      .catch(() => undefined);

  /** The body that a command line of curl prints. On a machine without curl the same request is made without it. */
  const perform = async (line: string): Promise<string> => {
    if (hasCurl) return (await run('sh', ['-c', line.replace('curl ', 'curl --fail-with-body -k -s ')])).stdout;
    const headers = Object.fromEntries(
      [...line.matchAll(/-H "([^:]+): ([^"]*)"/g)].map(([, name, value]) => [name, value]),
    );
    const json = /-d '([^']*)'/.exec(line)?.[1];
    const url = /https:\S+/.exec(line)![0];
    return (await suite.call(url, { headers, ...(json && { json: JSON.parse(json) }) })).text;
  };

  it('answers the command lines of the checklist', async () => {
    const bodies: string[] = [];
    for (const line of checklist) {
      const issued = bodies.map((body) => /"access_token":"([^"]+)"/.exec(body)?.[1]).find((found) => found) ?? '';
      bodies.push(await perform(line.replace('<token>', issued).replaceAll('https://localhost:8443', urls[0]!)));
    }
    expect(bodies[0]).toContain('"status":"ok"');
    expect(bodies.some((body) => body.includes('auth_server_token_requests_count'))).toBe(true);
    expect(bodies.some((body) => body === 'ok')).toBe(true);
    expect(bodies.at(-1)).toContain('"valid":true');
  });

  it('50 parallel validates of one OTT on two processes → exactly one 200', async () => {
    for (let round = 0; round < 5; round += 1) {
      const bearer = (await token('ott'))!;
      const replies = await Promise.all(Array.from({ length: 50 }, (_, index) => ask('validate', bearer, index % 2)));
      expect(replies.filter((reply) => reply?.status === 200)).toHaveLength(1);
    }
  });

  it('kill -9 under load: what was answered 200 stays so', async () => {
    const ended = new Set<string>();
    const good = new Set<string>();
    for (let round = 0; round < 3; round += 1) {
      let running = true;
      const victim = 1;
      const worker = async (index: number): Promise<void> => {
        while (running) {
          const replica = index % 2;
          const kept = await token('token', replica);
          if (kept) good.add(kept);
          const revoked = await token('token', replica);
          if (revoked && (await ask('revoke', revoked, replica))?.status === 200) ended.add(revoked);
          const used = await token('ott', replica);
          if (used && (await ask('validate', used, replica))?.status === 200) ended.add(used);
        }
      };
      const load = Promise.all(Array.from({ length: 8 }, (_, index) => worker(index)));
      const enough = ended.size + 40;
      while (ended.size < enough) await new Promise((settle) => setTimeout(settle, 10));
      await suite.running.kill(ids[victim]!);
      running = false;
      await load;
      const replica = await suite.running.addReplica('authz');
      [urls[victim], ids[victim]] = [replica.authServiceUrl!, replica.id];
      for (const at of [0, 1]) {
        const [refused, accepted] = await Promise.all(
          [ended, good].map((tokens) => Promise.all([...tokens].map((bearer) => ask('validate', bearer, at)))),
        );
        expect(refused!.filter((reply) => reply?.status !== 401)).toEqual([]);
        expect(accepted!.filter((reply) => reply?.status !== 200)).toEqual([]);
      }
    }
  }, 120_000);
});
