import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Validator } from '@seriousme/openapi-schema-validator';
import type { Browser } from 'playwright-core';
import { launchChromium } from './chromium.fixture.js';
import { suiteFixture, type Suite } from './suite.fixture.js';
import { UNKNOWN, tenantOf } from './tenants.fixture.js';

const names = ['authz', 'idp', 'rs', 'kms'] as const;

describe('what every service tells about itself', () => {
  let suite: Suite;
  let browser: Browser;

  beforeAll(async () => {
    [suite, browser] = await Promise.all([suiteFixture(), launchChromium()]);
  }, 180_000);
  afterAll(async () => {
    await browser?.close();
    await suite?.close();
  }, 60_000);

  it.each(names)('%s serves a valid OpenAPI 3.1 document and Swagger UI', async (name) => {
    const { status, json } = await suite.call(`${suite.file.urls[name]}/ui/swagger/doc.json`);
    expect(status).toBe(200);
    expect(json.openapi).toMatch(/^3\.1\./);
    expect(await new Validator().validate(json)).toEqual({ valid: true });
    expect((await suite.call(`${suite.file.urls[name]}/ui/swagger`)).status).toBeLessThan(400);
  });

  it.each(names)('%s answers its health without a client certificate, and names what it depends on', async (name) => {
    const url = suite.file.urls[name];
    const [path, member] = name === 'kms' ? ['/admin/v1/readyz', 'ready'] : ['/health', 'ok'];
    const { status, json } = await suite.call(`${url}${path}`);
    expect([status, json.status]).toEqual([200, member]);
    if (name === 'kms') expect((await suite.call(`${url}/admin/v1/livez`)).status).toBe(200);
  });

  it.each(names)('%s sends its security headers, also with an error', async (name) => {
    for (const path of ['/nothing-here', '/debug/pprof/', '/.env']) {
      const { status, headers } = await suite.call(`${suite.file.urls[name]}${path}`);
      expect([path, status]).toEqual([path, 404]);
      expect(headers).toMatchObject({
        'strict-transport-security': expect.stringContaining('max-age='),
        'x-content-type-options': 'nosniff',
        'content-security-policy': expect.stringContaining("frame-ancestors 'none'"),
      });
      expect(headers).not.toHaveProperty('x-powered-by');
    }
  });

  it('the kms keeps the keys of two tenants apart on every route with an id: 404, as for one that is not there', async () => {
    const { json } = await suite.call(`${suite.file.urls.kms}/ui/swagger/doc.json`);
    const routes = Object.entries(json.paths as Record<string, object>)
      .filter(([path]) => path.includes('{id}'))
      .flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`));
    expect(routes.length).toBeGreaterThan(70);
    const [acme, globex] = [await tenantOf(suite, 'acme'), await tenantOf(suite, 'globex')];
    const told = ({ status, json: { request_id: _, ...body } }: { status: number; json: any }) => ({ status, body });
    const pairs = [
      [acme, globex],
      [globex, acme],
    ] as const;
    for (const route of routes) {
      for (const [own, other] of pairs) {
        const unknown = told(await own.call(route, UNKNOWN));
        expect({ route, ...unknown }).toMatchObject({ route, status: 404, body: { code: 'key_not_found' } });
        expect({ route, ...told(await own.call(route, other.key)) }).toEqual({ route, ...unknown });
      }
    }
    // Nothing of all that was done to the keys.
    const keys = `${suite.file.urls.kms}/service/api/v1/elastic-keys`;
    for (const [own] of pairs) {
      const { json: listed } = await suite.call(keys, { token: own.token });
      expect(listed).toMatchObject({
        total: 1,
        items: [{ id: own.key, status: 'enabled', current_version: 1, description: '' }],
      });
    }
  }, 60_000);

  it.each([
    ['rs', '/api/v1/me', 'read:resource'],
    ['kms', '/service/api/v1/elastic-keys', 'kms:read'],
  ] as const)(
    'Swagger UI of %s signs in by code and PKCE through the real login page and calls the API',
    async (name, path, scope) => {
      const context = await browser.newContext({ ignoreHTTPSErrors: true });
      const page = await context.newPage();
      await page.goto(`${suite.file.urls[name]}/ui/swagger`);
      await page.getByRole('button', { name: 'Authorize' }).first().click();
      const dialog = page.locator('.modal-ux');
      await dialog.locator('label', { hasText: scope }).first().click();
      const popup = context.waitForEvent('page');
      await dialog.locator('button.authorize').first().click();
      const login = await popup;
      await login.getByLabel('Username or email').fill('alice');
      await login.getByLabel('Password').fill(suite.file.users[0]?.password ?? '');
      const closed = login.waitForEvent('close');
      await login.getByRole('button', { name: 'Sign in' }).click();
      const allow = login.getByRole('button', { name: 'Allow' });
      await Promise.race([closed, allow.waitFor()]);
      if (!login.isClosed()) await allow.click();
      await closed;
      await dialog.getByText('Logout').first().waitFor();
      await dialog.locator('button.close-modal').first().click();
      const operation = page
        .locator('.opblock', { has: page.locator(`[data-path="${path}"]`) })
        .filter({ hasText: 'GET' })
        .first();
      await operation.locator('.opblock-summary').click();
      await operation.getByRole('button', { name: 'Try it out' }).click();
      const answered = page.waitForResponse(
        (response) => response.url().includes(path) && response.request().method() === 'GET',
      );
      await operation.getByRole('button', { name: 'Execute' }).click();
      expect((await answered).status()).toBe(200);
      await context.close();
    },
  );
});
