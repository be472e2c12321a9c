import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AuthServiceClient, BASE, Ledger } from './auth-service.fixture.js';
import { suiteFixture, type Suite } from './suite.fixture.js';

/** The long proof is asked for by the environment: 100 kills, 200 rounds. */
const KILLS = Number(process.env.CRYPTOUTIL_E2E_KILLS ?? 3);
const ROUNDS = Number(process.env.CRYPTOUTIL_E2E_OTT_ROUNDS ?? 5);
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
  let issuedByChecklist: string;
  beforeAll(async () => {
    suite = await suiteFixture();
    const replica = await suite.running.addReplica('authz');
    urls = [suite.file.urls.authService, replica.authServiceUrl!];
    ids = ['authz', replica.id];
  }, 180_000);
  afterAll(() => suite?.close(), 60_000);

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
    const token = bodies.map((body) => /"access_token":"([^"]+)"/.exec(body)?.[1]).find((found) => found)!;
    issuedByChecklist = token;
  });

  it('writes neither secrets nor tokens into its log, whatever becomes of a request', async () => {
    const [, payload, signature] = issuedByChecklist.split('.');
    const secret = 'test-secret-123';
    const wrong = 'a-wrong-secret-4711';
    const form = { client_id: 'test-client', client_secret: wrong, grant_type: 'client_credentials' };
    const answers = await Promise.all([
      suite.call(`${urls[0]}${BASE}/token`, { json: form }),
      suite.call(`${urls[0]}${BASE}/token?client_secret=${secret}&token=${issuedByChecklist}`, {
        json: { ...form, grant_type: secret },
      }),
      suite.call(`${urls[0]}${BASE}/token`, {
        form: { grant_type: 'x' },
        basic: { client_id: 'test-client', client_secret: wrong },
      }),
      suite.call(`${urls[0]}${BASE}/validate`, {
        method: 'POST',
        token: issuedByChecklist,
        headers: { 'x-forwarded-for': `http://x/?${secret}` },
      }),
      suite.call(`${urls[0]}${BASE}/revoke`, { method: 'POST', token: `${issuedByChecklist}x` }),
      suite.call(`${urls[0]}/nowhere/${issuedByChecklist}`),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([401, 400, 400, 401, 401, 404]);
    const log = readFileSync(join(suite.running.context.home.logs, 'authz.log'), 'utf8');
    // The log tells of these requests, so it is the right one.
    expect(log).toContain('"problem":"invalid_credentials"');
    for (const told of [secret, wrong, payload!, signature!, 'eyJhbGciOiJIUzI1NiI'])
      expect(log.includes(told) ? `the log holds ${told}` : 'clean').toBe('clean');
  });

  it(
    `50 parallel validates of one OTT on two processes → exactly one 200 (${ROUNDS} times)`,
    async () => {
      const client = new AuthServiceClient(suite);
      for (let round = 0; round < ROUNDS; round += 1) {
        const token = (await client.token(urls[round % 2]!, 'ott'))!;
        const replies = await Promise.all(
          Array.from({ length: 50 }, (_, index) => client.ask(urls[index % 2]!, 'validate', token)),
        );
        expect(replies.map((reply) => reply?.status).sort()).toEqual([200, ...Array<number>(49).fill(401)]);
      }
    },
    60_000 + ROUNDS * 1_000,
  );

  it(
    `kill -9 under load (${KILLS} times): what was answered 200 stays so`,
    async () => {
      const ledger = new Ledger(new AuthServiceClient(suite));
      for (let round = 0; round < KILLS; round += 1) {
        const victim = round % 2;
        let running = true;
        const goesOn = (): boolean => running;
        const load = Promise.all(Array.from({ length: 8 }, (_, at) => ledger.work(() => urls[at % 2]!, goesOn)));
        const enough = ledger.ended.size + 40;
        while (ledger.ended.size < enough) await new Promise((settle) => setTimeout(settle, 10));
        await suite.running.kill(ids[victim]!);
        running = false;
        await load;
        const replica = await suite.running.addReplica('authz');
        [urls[victim], ids[victim]] = [replica.authServiceUrl!, replica.id];
        expect(await ledger.broken(urls, 'new')).toEqual([]);
      }
      expect(await ledger.broken(urls, 'all')).toEqual([]);
      if (KILLS > 10)
        console.log(`${KILLS} kills: ${ledger.ended.size} ended and ${ledger.good.size} good tokens, all kept`);
    },
    60_000 + KILLS * 20_000,
  );
});
