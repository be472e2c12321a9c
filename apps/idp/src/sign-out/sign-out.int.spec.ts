import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { hiddenFields, type Browser } from '../browser.fixture.js';
import { alicePassword, idpFixture, type IdpFixture } from '../idp.fixture.js';

let idp: IdpFixture;
let browser: Browser;
beforeAll(async () => {
  idp = await idpFixture();
  await idp.putUser('alice', { name: '<b>Alice</b>' });
}, 60_000);
beforeEach(async () => {
  browser = idp.browser();
  await browser.signIn('alice', alicePassword);
});
afterAll(() => idp.close());

const sessions = () => idp.database.sql('SELECT * FROM idp_session');

describe('the home page', () => {
  it('shows who is signed in, escaped, with a button to sign out', async () => {
    const { status, body } = await browser.get('/');
    expect(status).toBe(200);
    expect(body).toContain('&lt;b>Alice&lt;/b>');
    expect(body).not.toContain('<b>Alice');
    expect(body).toContain('alice@example.com');
    expect(body).toMatch(/<button[^>]*>Sign out<\/button>/);
  });

  it('says that nobody is signed in and how to', async () => {
    const { body } = await idp.browser().get('/');
    expect(body).toContain('You are not signed in');
    expect(body).toContain('href="/login"');
  });
});

describe('signing out', () => {
  it('ends the session here and on the server, and says so', async () => {
    const cookie = browser.cookies.get('__Host-idp_session')!;
    const before = (await sessions()).length;
    expect(await browser.fill('/', '/sign-out', {})).toMatchObject({ status: 303, location: '/signed-out' });
    expect(browser.cookies.has('__Host-idp_session')).toBe(false);
    expect(await sessions()).toHaveLength(before - 1);
    expect((await browser.get('/signed-out')).body).toContain('You are signed out');
    browser.cookies.set('__Host-idp_session', cookie);
    expect((await browser.get('/')).body).toContain('You are not signed in');
  });

  it('asks first when opened as a link', async () => {
    const { body } = await browser.get('/sign-out');
    expect(body).toContain('Sign out?');
    expect((await browser.post('/sign-out', hiddenFields(body))).status).toBe(303);
    expect(await browser.get('/sign-out')).toMatchObject({ status: 303, location: '/signed-out' });
  });

  it('cannot be forged', async () => {
    for (const [fields, headers] of [
      [{}, {}],
      [hiddenFields((await browser.get('/sign-out')).body), { 'sec-fetch-site': 'cross-site' }],
    ] as const) {
      const page = await browser.post('/sign-out', fields, headers);
      expect(page.status).toBe(403);
      expect(page.body).toContain('still signed in');
    }
    expect((await browser.get('/')).body).toContain('You are signed in');
  });

  it('is fine when nobody is signed in', async () => {
    expect(await idp.browser().post('/sign-out', {})).toMatchObject({ status: 303, location: '/signed-out' });
  });
});
