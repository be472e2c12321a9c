import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { randomToken, sha256 } from '@cryptoutil/crypto';
import type { Browser, Page } from 'playwright-core';
import { launchChromium } from './chromium.fixture.js';
import { suiteFixture, type Suite } from './suite.fixture.js';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const standards = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

describe.each([
  ['desktop, light', { colorScheme: 'light', viewport: { width: 1200, height: 800 } }],
  ['phone, dark', { colorScheme: 'dark', viewport: { width: 360, height: 740 } }],
] as const)('pages on %s', (_name, look) => {
  let suite: Suite;
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    [suite, browser] = await Promise.all([suiteFixture(), launchChromium()]);
    page = await (await browser.newContext({ ignoreHTTPSErrors: true, ...look })).newPage();
  }, 180_000);
  afterAll(async () => {
    await browser?.close();
    await suite?.close();
  }, 60_000);

  /** Rules of WCAG 2.2 AA that the page breaks, and whether it is wider than the screen. */
  const faults = async (): Promise<string[]> => {
    await page.evaluate(axe);
    const violations = await page.evaluate(
      (tags) =>
        (globalThis as any).axe.run({ runOnly: tags }).then((found: any) => found.violations.map(({ id }: any) => id)),
      standards,
    );
    const isWide = await page.evaluate('document.documentElement.scrollWidth > document.documentElement.clientWidth');
    return [...violations, ...(isWide ? ['wider than the screen'] : [])];
  };
  const authorize = (clientId = 'web') => {
    const url = new URL(`${suite.file.issuer}/oauth2/v1/authorize`);
    url.search = new URLSearchParams({
      client_id: clientId,
      response_type: 'code',
      redirect_uri: 'http://127.0.0.1/cb',
      scope: 'openid profile email read:resource',
      code_challenge: sha256(randomToken()).toString('base64url'),
      code_challenge_method: 'S256',
    }).toString();
    return url.href;
  };

  it('break no rule of WCAG 2.2 AA: sign-in, a wrong password, consent, home, sign-out, an ended sign-in, an error', async () => {
    const found: Record<string, string[]> = {};
    await page.goto(authorize());
    found['sign-in'] = await faults();
    await page.getByLabel('Username or email').fill('alice');
    await page.getByLabel('Password').fill('not the password');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('alert').waitFor();
    found['wrong password'] = await faults();
    await page.getByLabel('Password').fill(suite.file.users[0]?.password ?? '');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('button', { name: 'Allow' }).waitFor();
    found['consent'] = await faults();
    await page.goto(`${suite.file.urls.idp}/`);
    found['home'] = await faults();
    await page.goto(`${suite.file.issuer}/oauth2/v1/authorize/nothing`);
    found['ended sign-in'] = await faults();
    await page.goto(authorize('nobody'));
    found['error'] = await faults();
    expect(found).toEqual(Object.fromEntries(Object.keys(found).map((name) => [name, []])));
  });
});
