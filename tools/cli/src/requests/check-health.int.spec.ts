import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { freePort } from '@cryptoutil/database/embedded';
import { answeringServer, type AnsweringServer } from './answering-server.fixture.js';
import { problemText } from './answers.js';
import { checkHealth } from './check-health.js';

describe('cryptoutil health', () => {
  let server: AnsweringServer;
  let printed: string;
  beforeAll(async () => {
    server = await answeringServer();
  });
  afterAll(() => server.close());
  beforeEach(() => {
    printed = '';
    for (const name of ['log', 'error'] as const) {
      jest.spyOn(console, name).mockImplementation((line: string) => void (printed += `${name}: ${line}\n`));
    }
  });
  const check = (url = `${server.url}/health`, caFile = server.caFile) => checkHealth(url, { caFile, timeout: 3_000 });

  it('exits 0 when the answer is 200, without a client certificate', async () => {
    server.answer = () => ({ body: { status: 'ok' } });
    expect(await check()).toBe(0);
    expect(printed).toBe(`log: ${server.url}/health: ok\n`);
    expect(server.asked.at(-1)).toMatchObject({ route: 'GET /health', identified: false });
  });

  it('exits 1 when the service is not well, and says why', async () => {
    server.answer = () => ({ status: 503, body: { status: 'sealed' } });
    expect(await check()).toBe(1);
    server.answer = () => ({ status: 404, body: { code: 'not_found', detail: 'Nothing here.' } });
    expect(await check()).toBe(1);
    expect(printed).toBe(
      `error: ${server.url}/health: sealed\nerror: ${server.url}/health: HTTP 404 not_found: Nothing here.\n`,
    );
  });

  it('exits 1 when nothing answers', async () => {
    const origin = `https://127.0.0.1:${await freePort()}`;
    expect(await check(`${origin}/health`)).toBe(1);
    expect(printed).toContain(`${origin} does not answer: ECONNREFUSED`);
  });

  it('refuses what is no URL, and names a file that is missing', async () => {
    await expect(check('localhost')).rejects.toThrow('"localhost" is not a URL.');
    await expect(check(undefined, '/absent')).rejects.toThrow('/absent cannot be read: ENOENT.');
  });

  it('puts the words of a refusal together, whatever there are', () => {
    expect(problemText({ status: 400, body: { error_description: 'no' } })).toBe('HTTP 400: no');
    expect(problemText({ status: 500, body: undefined })).toBe('HTTP 500');
  });
});
