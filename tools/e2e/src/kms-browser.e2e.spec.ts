import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, BrowserContext } from 'playwright-core';
import { launchChromium } from './chromium.fixture.js';
import { suiteFixture, type Suite } from './suite.fixture.js';

/** The demo web application; its origin is on the list of the suite's kms. */
const listed = 'https://localhost:9443';
const stranger = 'https://localhost:9444';

describe('a page that calls the key service', () => {
  let suite: Suite;
  let browser: Browser;
  let context: BrowserContext;
  const said: string[] = [];
  let given: { api: string; token: string; key: string };
  beforeAll(async () => {
    [suite, browser] = await Promise.all([suiteFixture(), launchChromium()]);
    const { kms } = suite.file.urls;
    const scope = 'kms:read kms:write kms:encrypt kms:decrypt';
    const token = await suite.clientToken('service', { resource: kms, scope });
    const made = await suite.call(`${kms}/service/api/v1/elastic-keys`, { token, json: { name: 'of a page' } });
    given = { api: `${kms}/browser/api/v1`, token, key: made.json.id };
    context = await browser.newContext({ ignoreHTTPSErrors: true });
    for (const origin of [listed, stranger])
      await context.route(`${origin}/**`, (route) =>
        route.fulfill({ contentType: 'text/html', body: '<h1>A page</h1>' }),
      );
  }, 180_000);
  afterAll(async () => {
    await browser?.close();
    await suite?.close();
  }, 60_000);

  /** What an application does, in the page: fetches its CSRF token, encrypts, decrypts. `blocked` when the browser withholds an answer. */
  const perform = async (origin: string, withCsrfToken: boolean): Promise<string> => {
    const page = await context.newPage();
    page.on('console', (message) => said.push(message.text()));
    await page.goto(`${origin}/`);
    try {
      return await page.evaluate(
        async ({ api, token, key, withCsrfToken }) => {
          const ask = async (path: string, body?: object, more: Record<string, string> = {}) => {
            const answer = await fetch(api + path, {
              method: body ? 'POST' : 'GET',
              credentials: 'include',
              headers: {
                authorization: `Bearer ${token}`,
                ...(body ? { 'content-type': 'application/json' } : {}),
                ...more,
              },
              ...(body ? { body: JSON.stringify(body) } : {}),
            });
            return (await answer.json()) as Record<string, string>;
          };
          try {
            const csrf = await ask('/csrf-token');
            const proof: Record<string, string> = withCsrfToken ? { [csrf['header']!]: csrf['csrf_token']! } : {};
            const sealed = await ask(`/elastic-keys/${key}/encrypt`, { plaintext: btoa('secret') }, proof);
            if (sealed['code']) return sealed['code'];
            const opened = await ask(`/elastic-keys/${key}/decrypt`, { jwe: sealed['jwe'] }, proof);
            return atob(opened['plaintext']!);
          } catch {
            return 'blocked';
          }
        },
        { ...given, withCsrfToken },
      );
    } finally {
      await page.close();
    }
  };

  it('of a listed origin encrypts and decrypts', async () => {
    expect(await perform(listed, true)).toBe('secret');
  });

  it('of a listed origin changes nothing without its CSRF token', async () => {
    expect(await perform(listed, false)).toBe('csrf_token_invalid');
  });

  it('of another origin gets no answer to read', async () => {
    expect(await perform(stranger, true)).toBe('blocked');
    expect(said.join('\n')).toContain(`from origin '${stranger}' has been blocked by CORS policy`);
  });
});
