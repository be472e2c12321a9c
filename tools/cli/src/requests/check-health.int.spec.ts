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
  const check = (url = `${server.url}/health`, caFile = server.caFile) =>
    checkHealth([url], { caFile, timeout: 3_000 });

  it('exits 0 when the answer is 200, without a client certificate', async () => {
    server.answer = () => ({ body: { status: 'ok' } });
    expect(await check()).toBe(0);
    expect(printed).toBe(`log: ${server.url}/health: ok\n`);
    expect(server.asked.at(-1)).toMatchObject({ route: 'GET /health', identified: false });
  });

  it('asks several URLs, each as often as it is told', async () => {
    const before = server.asked.length;
    const urls = ['/health', '/keys'].map((path) => server.url + path);
    expect(await checkHealth(urls, { caFile: server.caFile, timeout: 3_000, times: 10 })).toBe(0);
    const asked = server.asked.slice(before).map(({ route }) => route);
    expect(asked.slice(0, 2)).toEqual(['GET /health', 'GET /keys']);
    expect(asked.filter((route) => route === 'GET /keys')).toHaveLength(10);
    expect(asked).toHaveLength(20);
    expect(printed).toContain('answered 18 times more');
  });

  it('goes on whatever the later answers say, and not at all when one of the first is no 200', async () => {
    let answers = 0;
    server.answer = () => ((answers += 1) > 1 ? { status: 429 } : {});
    expect(await checkHealth([`${server.url}/a`], { caFile: server.caFile, timeout: 3_000, times: 5 })).toBe(0);
    expect(answers).toBe(5);
    expect(
      await checkHealth([`${server.url}/a`, `${server.url}/b`], { caFile: server.caFile, timeout: 3_000, times: 5 }),
    ).toBe(1);
    expect(answers).toBe(6);
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
