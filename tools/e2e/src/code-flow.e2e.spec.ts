import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import * as client from 'openid-client';
import type { Browser, Page } from 'playwright-core';
import { application, launchChromium, type Application } from './chromium.fixture.js';
import { suiteFixture, type Suite } from './suite.fixture.js';

const scope = 'openid profile email offline_access read:resource write:resource';

interface SignedIn {
  config: client.Configuration;
  tokens: client.TokenEndpointResponse & client.TokenEndpointResponseHelpers;
}

describe('a person signs in to an application, in a real browser', () => {
  let suite: Suite;
  let browser: Browser;
  let app: Application;

  beforeAll(async () => {
    [suite, browser, app] = await Promise.all([suiteFixture(), launchChromium(), application()]);
  }, 180_000);
  afterAll(async () => {
    await browser?.close();
    await app?.close();
    await suite?.close();
  }, 60_000);

  const newPage = async (): Promise<Page> => (await browser.newContext({ ignoreHTTPSErrors: true })).newPage();

  const begin = async (page: Page, clientName: string, parameters: Record<string, string> = {}) => {
    const config = await suite.discover(clientName);
    const verifier = client.randomPKCECodeVerifier();
    const expected = {
      pkceCodeVerifier: verifier,
      expectedState: client.randomState(),
      expectedNonce: client.randomNonce(),
    };
    const url = client.buildAuthorizationUrl(config, {
      redirect_uri: app.redirectUri,
      scope,
      state: expected.expectedState,
      nonce: expected.expectedNonce,
      code_challenge: await client.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      ...parameters,
    });
    await page.goto(url.href);
    return { config, expected };
  };

  const fillLogin = async (page: Page, password = suite.file.users[0]?.password ?? '') => {
    await page.getByLabel('Username or email').fill('alice');
    await page.getByLabel('Password').fill(password);
    await page.getByRole('button', { name: 'Sign in' }).click();
  };

  const signIn = async (page: Page, clientName: string, parameters: Record<string, string> = {}): Promise<SignedIn> => {
    const { config, expected } = await begin(page, clientName, parameters);
    await fillLogin(page);
    await page.getByRole('button', { name: 'Allow' }).click();
    await page.waitForURL(`${app.redirectUri}**`);
    const resource = parameters['resource'];
    const tokens = await client.authorizationCodeGrant(
      config,
      new URL(page.url()),
      { ...expected, idTokenExpected: true },
      resource ? { resource } : undefined,
    );
    return { config, tokens };
  };

  it.each(['web', 'confidential'])(
    'client %s: login, consent, code, ID token verified, userinfo, refresh',
    async (name) => {
      const page = await newPage();
      const { config, tokens } = await signIn(page, name);
      const claims = tokens.claims();
      expect(claims).toMatchObject({ iss: suite.file.issuer, aud: name, amr: ['pwd'] });
      const info = await client.fetchUserInfo(config, tokens.access_token, claims?.sub ?? '');
      expect(info).toMatchObject({ preferred_username: 'alice', email: suite.file.users[0]?.email });
      const refreshed = await client.refreshTokenGrant(config, tokens.refresh_token ?? '');
      expect(refreshed.access_token).not.toBe(tokens.access_token);
      expect(refreshed.scope).toBe(tokens.scope);
      await page.context().close();
    },
  );

  it('keeps what was typed and says no more than "wrong" after a bad password', async () => {
    const page = await newPage();
    await begin(page, 'web');
    await fillLogin(page, 'not the password of alice');
    expect(await page.getByLabel('Username or email').inputValue()).toBe('alice');
    expect(await page.getByLabel('Password').inputValue()).toBe('');
    expect(await page.getByRole('alert').textContent()).not.toMatch(/unknown|no such user/i);
    await fillLogin(page);
    await page.getByRole('button', { name: 'Allow' }).waitFor();
    await page.context().close();
  });

  it('names the application on the consent page and grants only what stays ticked', async () => {
    const page = await newPage();
    const { config, expected } = await begin(page, 'web');
    await fillLogin(page);
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toContain('Demo web app');
    for (const box of await page.getByRole('checkbox').all()) if (await box.isChecked()) await box.uncheck();
    await page.getByRole('button', { name: 'Allow' }).click();
    await page.waitForURL(`${app.redirectUri}**`);
    const tokens = await client.authorizationCodeGrant(config, new URL(page.url()), expected);
    expect(tokens.scope).toBe('openid');
    await page.context().close();
  });

  it('tells the application when the person denies', async () => {
    const page = await newPage();
    await begin(page, 'web');
    await fillLogin(page);
    await page.getByRole('button', { name: 'Deny' }).click();
    await page.waitForURL(`${app.redirectUri}**`);
    expect(new URL(page.url()).searchParams.get('error')).toBe('access_denied');
    await page.context().close();
  });

  it('works with the keyboard alone and without JavaScript', async () => {
    const context = await browser.newContext({ ignoreHTTPSErrors: true, javaScriptEnabled: false });
    const page = await context.newPage();
    await begin(page, 'web');
    await page.getByLabel('Username or email').focus();
    await page.keyboard.type('alice');
    await page.keyboard.press('Tab');
    await page.keyboard.type(suite.file.users[0]?.password ?? '');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Allow' }).focus();
    await page.keyboard.press('Enter');
    await page.waitForURL(`${app.redirectUri}**`);
    expect(new URL(page.url()).searchParams.has('code')).toBe(true);
    await context.close();
  });

  it('refuses the hand-over attack in real browsers, while the honest login beside it works', async () => {
    const attacker = await newPage();
    await begin(attacker, 'web');
    const mailed = attacker.url();
    const victim = await newPage();
    await victim.goto(mailed);
    await fillLogin(victim);
    await victim.getByRole('button', { name: 'Allow' }).click();
    await victim.getByText('Start again').waitFor();
    expect(victim.url().startsWith(app.url)).toBe(false);
    await attacker.goto(new URL(victim.url()).href);
    expect(attacker.url().startsWith(app.url)).toBe(false);
    const honest = await newPage();
    expect((await signIn(honest, 'web')).tokens.access_token).toBeTruthy();
    for (const page of [attacker, victim, honest]) await page.context().close();
  });

  it('switches accounts: another person signs in where one was signed in', async () => {
    const page = await newPage();
    const alice = await signIn(page, 'web');
    const { config, expected } = await begin(page, 'web', { scope: 'openid profile', prompt: 'login' });
    const admin = suite.file.users.find(({ username }) => username === 'admin');
    await page.getByLabel('Username or email').fill('admin');
    await page.getByLabel('Password').fill(admin?.password ?? '');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('button', { name: 'Allow' }).click();
    await page.waitForURL(`${app.redirectUri}**`);
    const tokens = await client.authorizationCodeGrant(config, new URL(page.url()), expected);
    expect(tokens.claims()?.sub).not.toBe(alice.tokens.claims()?.sub);
    await page.context().close();
  });

  it('crosses all four services with the token of a person: resource with an encrypted note, key service, 401 and 403', async () => {
    const page = await newPage();
    const { rs, kms } = suite.file.urls;
    const { tokens } = await signIn(page, 'confidential', { resource: rs });
    const resource = `${rs}/api/v1/protected/resource`;
    const created = await suite.call(resource, {
      token: tokens.access_token,
      json: { name: 'diary', secret_note: 'the note' },
    });
    expect(created.status).toBe(201);
    const read = await suite.call(`${resource}/${created.json.id}`, { token: tokens.access_token });
    expect(read.json).toMatchObject({ name: 'diary', secret_note: 'the note' });
    const forbidden = await suite.call(`${resource}/${created.json.id}`, {
      method: 'DELETE',
      token: tokens.access_token,
    });
    expect([forbidden.status, forbidden.headers['www-authenticate']]).toEqual([
      403,
      expect.stringContaining('error="insufficient_scope"'),
    ]);
    const anonymous = await suite.call(resource);
    expect([anonymous.status, String(anonymous.headers['www-authenticate'])]).toEqual([
      401,
      expect.stringMatching(/^Bearer/),
    ]);
    expect(String(anonymous.headers['www-authenticate'])).not.toContain('error=');

    const key = await suite.call(`${kms}/service/api/v1/elastic-keys`, {
      token: await suite.clientToken('service', { resource: kms, scope: 'kms:write' }),
      json: { name: 'personal', algorithm: 'A256KW+A256GCM' },
    });
    expect(key.status).toBe(201);
    const kmsPage = await newPage();
    const person = await signIn(kmsPage, 'confidential', { resource: kms, scope: 'openid kms:encrypt kms:decrypt' });
    const operation = (name: string, json: object) =>
      suite.call(`${kms}/service/api/v1/elastic-keys/${key.json.id}/${name}`, {
        token: person.tokens.access_token,
        json,
      });
    const { jwe } = (await operation('encrypt', { plaintext: Buffer.from('hello').toString('base64url') })).json;
    expect(Buffer.from((await operation('decrypt', { jwe })).json.plaintext, 'base64url').toString()).toBe('hello');
    expect((await operation('sign', { payload: 'aGk' })).status).toBe(403);
    for (const each of [page, kmsPage]) await each.context().close();
  });

  it('introspects active, revokes, and introspects inactive; the resource server follows', async () => {
    const page = await newPage();
    const { config, tokens } = await signIn(page, 'confidential');
    const resource = `${suite.file.urls.rs}/api/v1/protected/resource`;
    expect((await client.tokenIntrospection(config, tokens.access_token)).active).toBe(true);
    const introspector = await suite.discover('introspector');
    expect((await client.tokenIntrospection(introspector, tokens.access_token)).active).toBe(true);
    expect((await suite.call(resource, { token: tokens.access_token })).status).toBe(200);
    await client.tokenRevocation(config, tokens.access_token);
    expect((await client.tokenIntrospection(config, tokens.access_token)).active).toBe(false);
    await page.context().close();
  });

  it('ends the session at both services on logout', async () => {
    const page = await newPage();
    const { config, tokens } = await signIn(page, 'web');
    const again = await begin(page, 'web', { scope: 'openid', prompt: 'none' });
    expect(new URL(page.url()).searchParams.get('error')).toBeNull();
    expect(again.config).toBeDefined();
    const url = client.buildEndSessionUrl(config, {
      id_token_hint: tokens.id_token ?? '',
      post_logout_redirect_uri: `${app.url}/`,
    });
    await page.goto(url.href);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.waitForURL(`${app.url}/**`);
    await begin(page, 'web', { scope: 'openid', prompt: 'none' });
    expect(new URL(page.url()).searchParams.get('error')).toBe('login_required');
    await begin(page, 'web');
    await page.getByLabel('Password').waitFor();
    await page.context().close();
  });

  it('lets no application sign a person in silently after the sign-out at the identity provider', async () => {
    const page = await newPage();
    await signIn(page, 'web');
    await page.goto(`${suite.file.urls.idp}/sign-out`);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'You are signed out' }).waitFor();
    await begin(page, 'web', { scope: 'openid', prompt: 'none' });
    expect(new URL(page.url()).searchParams.get('error')).toBe('login_required');
    await begin(page, 'web');
    await page.getByLabel('Password').waitFor();
    await page.context().close();
  });
});
