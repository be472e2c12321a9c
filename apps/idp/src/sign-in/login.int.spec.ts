import { argon2Sync, randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { countStatements } from '@cryptoutil/testing';
import { hiddenFields, type Page } from '../browser.fixture.js';
import { alicePassword, idpFixture, publicAuthz, type IdpFixture } from '../idp.fixture.js';

let idp: IdpFixture;
let alice: string;
beforeAll(async () => {
  idp = await idpFixture();
  const { status, body } = await idp.putUser('alice', { name: '<i>Alice</i>' });
  expect(status).toBe(201);
  alice = body.sub;
}, 60_000);
afterEach(async () => {
  idp.authz.acceptLogin = { status: 200, body: undefined };
  idp.authz.redirectTo = `${publicAuthz}/oauth2/v1/authorize/uid?login_verifier=v`;
  idp.authz.calls = [];
  await idp.database.sql('TRUNCATE idp_session, sign_in_failure');
});
afterAll(() => idp.close());

const lastCall = () => idp.authz.calls.at(-1)!;
const sessions = () => idp.database.sql('SELECT * FROM idp_session');

describe('signing in for a client', () => {
  it.each(['alice', 'ALICE ', 'ａｌｉｃｅ', 'alice@example.com', 'Alice@EXAMPLE.com'])(
    'signs in as %j, tells authz over mTLS, and goes by 303 to the address it answers',
    async (username) => {
      const challenge = idp.authz.begin();
      const page = await idp.browser().signIn(username, alicePassword, challenge);
      expect(page).toMatchObject({ status: 303, location: idp.authz.redirectTo });
      expect(lastCall()).toEqual({
        challenge,
        step: 'accept-login',
        identity: 'idp',
        body: {
          sub: alice,
          idp_session: expect.any(String),
          amr: ['pwd'],
          auth_time: idp.clock.now().getTime() / 1000,
        },
      });
    },
  );

  it('goes on to its own consent page when authz says so', async () => {
    const challenge = idp.authz.begin();
    idp.authz.acceptLogin = { status: 200, body: { next: 'consent', consent: { scopes: [] } } };
    const page = await idp.browser().signIn('alice', alicePassword, challenge);
    expect(page).toMatchObject({ status: 303, location: `/consent?login_challenge=${challenge}` });
  });

  it.each(['a\0b', '\0', 'a@\0'])('answers 400 to the name %j, which no database column holds', async (username) => {
    const page = await idp.browser().signIn(username, alicePassword, idp.authz.begin());
    expect(page.status).toBe(400);
    expect(await sessions()).toEqual([]);
  });

  it('has the words and the autocomplete attributes of the contract', async () => {
    const { body, status } = await idp.browser().get(`/login?login_challenge=${idp.authz.begin()}`);
    expect(status).toBe(200);
    expect(body).toContain('<label for="username">Username or email</label>');
    expect(body).toContain('<label for="password">Password</label>');
    expect(body).toMatch(/<button [^>]*type="submit"[^>]*>Sign in<\/button>/);
    expect(body).toMatch(/name="username"[^>]*autocomplete="username"/);
    expect(body).toMatch(/name="password"[^>]*autocomplete="current-password"/);
  });

  it('costs one write: the session', async () => {
    const browser = idp.browser();
    const form = hiddenFields((await browser.get(`/login?login_challenge=${idp.authz.begin()}`)).body);
    const count = await countStatements(idp.dataSource, () =>
      browser.post('/login', { ...form, username: 'alice', password: alicePassword }),
    );
    // Reads are not counted here: health checks of the background are among them.
    expect(count.writes).toBe(1);
  });

  it('opens nothing but the address of authz: no open redirect', async () => {
    for (const address of [
      'https://evil.example/x',
      `${publicAuthz}.evil.example/`,
      '//evil.example',
      'javascript:alert(1)',
    ]) {
      idp.authz.redirectTo = address;
      const page = await idp.browser().signIn('alice', alicePassword, idp.authz.begin());
      expect(page.status).toBe(500);
      expect(page.location).toBeUndefined();
      expect(page.body).not.toContain('evil.example');
    }
  });

  it('sends both cookies for this host alone, out of reach of scripts and plain http', async () => {
    const page = await idp.browser().signIn('alice', alicePassword, idp.authz.begin());
    const cookies = [page.headers['set-cookie']!].flat();
    expect(cookies.map((cookie) => cookie.split('=')[0])).toEqual(['__Host-idp_session', '__Host-idp_browser']);
    for (const cookie of cookies) {
      expect(cookie).toMatch(/; Path=\//);
      expect(cookie).toMatch(/; HttpOnly/);
      expect(cookie).toMatch(/; Secure/);
      expect(cookie).toMatch(/; SameSite=Lax/);
      expect(cookie).not.toMatch(/; Domain/);
    }
  });

  it('signs in without a client for its own sake', async () => {
    const browser = idp.browser();
    expect(await browser.signIn('alice', alicePassword)).toMatchObject({ status: 303, location: '/' });
    expect(await browser.get('/login')).toMatchObject({ status: 303, location: '/' });
    expect(idp.authz.calls).toEqual([]);
  });
});

describe('a password whose hash is of a lower cost', () => {
  it('is hashed anew at the sign-in, once', async () => {
    await idp.putUser('old');
    const cost = { memory: 7168, passes: 1, parallelism: 1, tagLength: 32 };
    const nonce = randomBytes(16);
    const tag = argon2Sync('argon2id', { message: alicePassword, nonce, ...cost });
    const [salt, hash] = [nonce, tag].map((bytes) => bytes.toString('base64').replace(/=+$/, ''));
    const weak = `$argon2id$v=19$m=7168,t=1,p=1$${salt}$${hash}`;
    await idp.database.sql("UPDATE user_account SET password_hash = $1 WHERE username = 'old'", [weak]);
    const stored = async () =>
      (await idp.database.sql<any>("SELECT password_hash FROM user_account WHERE username = 'old'"))[0].password_hash;
    expect((await idp.browser().signIn('old', alicePassword)).status).toBe(303);
    const strong = await stored();
    expect(strong).toContain('m=19456');
    expect((await idp.browser().signIn('old', alicePassword)).status).toBe(303);
    expect(await stored()).toBe(strong);
  });
});

describe('a refused sign-in', () => {
  it('is the same page for a wrong password, an unknown name, a switched-off account and one without password', async () => {
    await idp.putUser('disab', { disabled: true });
    await idp.putUser('nopas', { password: undefined });
    const challenge = idp.authz.begin();
    const pages: Page[] = [];
    for (const [name, password] of [
      ['alice', 'not her password'],
      ['nobod', alicePassword],
      ['disab', alicePassword],
      ['nopas', alicePassword],
    ] as const) {
      pages.push(await idp.browser().signIn(name, password, challenge));
    }
    const bodies = pages.map(({ body }) =>
      body.replace(/alice|nobod|disab|nopas/g, 'name').replace(/value="[\w-]{43}"/g, ''),
    );
    expect(new Set(bodies).size).toBe(1);
    expect(new Set(pages.map(({ status }) => status))).toEqual(new Set([422]));
    expect(new Set(pages.map(({ headers }) => Object.keys(headers).sort().join()))).toHaveProperty('size', 1);
    expect(await sessions()).toEqual([]);
  });

  it('keeps what was typed but never the password, and escapes it', async () => {
    const hostile = `"><script>alert(1)</script>`;
    const { body } = await idp.browser().signIn(hostile, 'my secret attempt', idp.authz.begin());
    expect(body).toContain('value="&quot;>&lt;script>alert(1)&lt;/script>"');
    expect(body).not.toContain('<script');
    expect(body).not.toContain('my secret attempt');
    expect(body).toContain('role="alert"');
  });

  it('escapes client names and hints, and shows a hint in the field', async () => {
    const hostile = '<img src=x onerror=alert(1)>';
    const challenge = idp.authz.begin({ client: { client_id: 'web', name: hostile }, login_hint: `${hostile}"` });
    const { body } = await idp.browser().get(`/login?login_challenge=${challenge}`);
    expect(body).not.toContain('<img');
    expect(body).toContain('value="&lt;img src=x onerror=alert(1)>&quot;"');
  });
});

describe('a session that is there already', () => {
  it('is used silently, and accepted under its time and handle', async () => {
    const browser = idp.browser();
    await browser.signIn('alice', alicePassword, idp.authz.begin());
    const first = lastCall();
    idp.clock.advance(60);
    const page = await browser.get(`/login?login_challenge=${idp.authz.begin()}`);
    expect(page).toMatchObject({ status: 303, location: idp.authz.redirectTo });
    expect(lastCall().body).toEqual(first.body);
  });

  it.each([
    ['prompt=login', { prompt: { name: 'login', reasons: ['login_prompt'] } }],
    ['max_age', { prompt: { name: 'login', reasons: ['max_age'] }, max_age: 30 }],
    ['max_age=0', { max_age: 0 }],
  ])('is not enough for %s (OpenID Connect Core §3.1.2.1)', async (_, wanted) => {
    const browser = idp.browser();
    await browser.signIn('alice', alicePassword, idp.authz.begin());
    const before = lastCall();
    idp.clock.advance(31);
    const challenge = idp.authz.begin(wanted);
    const form = await browser.get(`/login?login_challenge=${challenge}`);
    expect(form.status).toBe(200);
    expect(form.body).toContain('Confirm that it’s you');
    expect(form.body).toContain('value="alice"');
    const page = await browser.signIn('alice', alicePassword, challenge);
    expect(page.status).toBe(303);
    expect(lastCall().body.auth_time).toBe(before.body.auth_time + 31);
    expect(lastCall().body.idp_session).toBe(before.body.idp_session);
  });

  it('is not enough when authz says that it is too old', async () => {
    const browser = idp.browser();
    await browser.signIn('alice', alicePassword);
    idp.authz.acceptLogin = { status: 409, body: { code: 'reauthentication_required' } };
    const challenge = idp.authz.begin();
    expect((await browser.get(`/login?login_challenge=${challenge}`)).status).toBe(200);
    expect((await browser.signIn('alice', alicePassword, challenge)).status).toBe(409);
  });

  it('is answered with a page when the request has moved on', async () => {
    const browser = idp.browser();
    await browser.signIn('alice', alicePassword);
    idp.authz.acceptLogin = { status: 409, body: { code: 'wrong_step' } };
    const page = await browser.get(`/login?login_challenge=${idp.authz.begin()}`);
    expect(page.status).toBe(409);
    expect(page.body).toContain('This step was already taken');
  });

  it('gets a new id at each sign-in; the old cookie opens nothing any more (session fixation)', async () => {
    const browser = idp.browser();
    await browser.signIn('alice', alicePassword);
    const old = browser.cookies.get('__Host-idp_session')!;
    const challenge = idp.authz.begin({ prompt: { name: 'login', reasons: ['login_prompt'] } });
    await browser.signIn('alice', alicePassword, challenge);
    expect(browser.cookies.get('__Host-idp_session')).not.toBe(old);
    const thief = idp.browser();
    thief.cookies.set('__Host-idp_session', old);
    expect((await thief.get('/')).body).toContain('You are not signed in');
    expect(await sessions()).toHaveLength(1);
  });

  it('gives way to another person who signs in, under a new handle', async () => {
    await idp.putUser('bob');
    const browser = idp.browser();
    await browser.signIn('alice', alicePassword, idp.authz.begin());
    const { idp_session: first } = lastCall().body;
    const challenge = idp.authz.begin({ prompt: { name: 'login', reasons: ['login_prompt'] } });
    await browser.signIn('bob', alicePassword, challenge);
    expect(lastCall().body.idp_session).not.toBe(first);
    expect(await sessions()).toHaveLength(1);
    expect((await browser.get('/')).body).toContain('bob');
  });
});

describe('a challenge', () => {
  it('that is unknown or expired is a 410 page that says what to do', async () => {
    const browser = idp.browser();
    for (const page of [
      await browser.get(`/login?login_challenge=${'x'.repeat(43)}`),
      await browser.post('/login', { login_challenge: 'x'.repeat(43), username: 'alice', password: alicePassword }),
    ]) {
      expect(page.status).toBe(410);
      expect(page.body).toContain('This sign-in link has expired');
      expect(page.body).toContain('start signing in again');
    }
  });

  it.each([
    'login_challenge=',
    'login_challenge=..%2Fadmin',
    `login_challenge=${'a'.repeat(300)}`,
    'login_challenge=aaaaaaaaaaaaaaaaaaaa&login_challenge=b',
  ])('that cannot be one is a 400 page and never asked about: %s', async (query) => {
    const page = await idp.browser().get(`/login?${query}`);
    expect(page.status).toBe(400);
    expect(page.headers['content-type']).toContain('text/html');
    expect(idp.authz.calls).toEqual([]);
  });

  it('at the consent step asks for a sign-in when the session here has ended, and reports none', async () => {
    const challenge = idp.authz.begin({ prompt: { name: 'consent', reasons: [] }, subject: alice });
    const page = await idp.browser().signIn('alice', alicePassword, challenge);
    expect(page).toMatchObject({ status: 303, location: `/consent?login_challenge=${challenge}` });
    expect(idp.authz.calls.map(({ step }) => step)).toEqual(['', '']);
  });

  it('is finished once when its form is sent several times at once', async () => {
    const browser = idp.browser();
    const challenge = idp.authz.begin();
    const form = hiddenFields((await browser.get(`/login?login_challenge=${challenge}`)).body);
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => browser.post('/login', { ...form, username: 'alice', password: alicePassword })),
    );
    expect(answers.every(({ status }) => status === 303)).toBe(true);
    expect(new Set(idp.authz.calls.filter(({ step }) => step !== '').map(({ challenge: one }) => one))).toEqual(
      new Set([challenge]),
    );
  });
});

describe('a forged or damaged form', () => {
  const loginForm = async () => {
    const browser = idp.browser();
    const challenge = idp.authz.begin();
    const form = hiddenFields((await browser.get(`/login?login_challenge=${challenge}`)).body);
    return { browser, fields: { ...form, username: 'alice', password: alicePassword } };
  };

  it.each([
    ['no token', { form_token: '' }, {}],
    ['a wrong token', { form_token: 'A'.repeat(43) }, {}],
    ['another origin', {}, { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }],
    ['an opaque origin', {}, { origin: 'null', 'sec-fetch-site': undefined }],
    ['a sibling site', {}, { 'sec-fetch-site': 'same-site' }],
  ])('with %s signs nobody in: 403, the username kept, the password not', async (_, change, headers) => {
    const { browser, fields } = await loginForm();
    const page = await browser.post('/login', { ...fields, ...change }, headers);
    expect(page.status).toBe(403);
    expect(page.body).toContain('out of date');
    expect(page.body).toContain('value="alice"');
    expect(page.body).not.toContain(alicePassword);
    expect(await sessions()).toEqual([]);
    // The page that is shown can be sent.
    expect((await browser.post('/login', { ...fields, ...hiddenFields(page.body) })).status).toBe(303);
  });

  it('with the token of the attacker’s own browser signs nobody in (login CSRF)', async () => {
    const attacker = await loginForm();
    const victim = idp.browser();
    expect((await victim.post('/login', attacker.fields)).status).toBe(403);
    const other = await loginForm();
    const page = await victim.post('/login', { ...attacker.fields, form_token: (other.fields as any).form_token });
    expect(page.status).toBe(403);
  });

  it('with the token of another challenge signs nobody in', async () => {
    const { browser, fields } = await loginForm();
    expect((await browser.post('/login', { ...fields, login_challenge: idp.authz.begin() })).status).toBe(403);
  });

  it('is accepted from clients that send neither Origin nor Sec-Fetch-Site, by its token', async () => {
    const { browser, fields } = await loginForm();
    const page = await browser.post('/login', fields, { origin: undefined, 'sec-fetch-site': undefined });
    expect(page.status).toBe(303);
  });

  it('that is no urlencoded form, has a field twice or is longer than 16 KiB is refused', async () => {
    const { browser, fields } = await loginForm();
    const json = await browser.post('/login', JSON.stringify(fields), { 'content-type': 'application/json' });
    expect(json.status).toBe(415);
    expect((await browser.post('/login', { ...fields, username: ['alice', 'bob'] })).status).toBe(400);
    expect((await browser.post('/login', { ...fields, username: 'a'.repeat(257) })).status).toBe(400);
    expect((await browser.post('/login', { ...fields, more: 'a'.repeat(16 * 1024) })).status).toBe(413);
    expect(await sessions()).toEqual([]);
  });
});

describe('every page', () => {
  it('sends a strict content security policy, no referrer elsewhere, and is not cached', async () => {
    const { headers } = await idp.browser().get(`/login?login_challenge=${idp.authz.begin()}`);
    const policy = String(headers['content-security-policy']);
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    // Chromium applies form-action to the redirects of a sign-in, which end at a client that is not known here.
    expect(policy).toContain("form-action 'self' https: http://127.0.0.1:* http://localhost:*;");
    expect(policy).not.toMatch(/unsafe|script-src|data:/);
    expect(headers['referrer-policy']).toBe('same-origin');
    expect(headers['cache-control']).toBe('no-store');
    expect(headers['x-frame-options']).toBe('DENY');
  });

  it('leads forms to clients only where a sign-in ends at one', async () => {
    const own = String((await idp.browser().get('/login')).headers['content-security-policy']);
    expect(own).toContain("form-action 'self';");
  });

  it('finds its style sheet and pictures, cacheable for a year', async () => {
    const browser = idp.browser();
    const { body } = await browser.get('/login');
    for (const [, path] of body.matchAll(/href="(\/assets\/[^"]+)"/g)) {
      const asset = await browser.get(path!);
      expect(asset.status).toBe(200);
      expect(asset.headers['cache-control']).toContain('immutable');
    }
    expect((await browser.get('/assets/none.css')).status).toBe(404);
  });
});
