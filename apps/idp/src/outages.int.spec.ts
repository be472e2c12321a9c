import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { ownTestPostgres } from '@cryptoutil/testing';
import { hiddenFields } from './browser.fixture.js';
import { alicePassword, idpFixture, type IdpFixture } from './idp.fixture.js';

let postgres: Awaited<ReturnType<typeof ownTestPostgres>>;
let idp: IdpFixture;
beforeAll(async () => {
  postgres = await ownTestPostgres();
  idp = await idpFixture(1, postgres);
  await idp.putUser('alice');
}, 60_000);
afterEach(() => {
  idp.authz.fault = undefined;
});
afterAll(async () => {
  await idp.close();
  await postgres.remove();
});

describe('while authz is away', () => {
  it.each([
    ['says so itself', { status: 503, headers: { 'retry-after': '7' } }, '7'],
    ['fails', { status: 500, body: 'oops' }, '3'],
    ['does not accept the identity', { status: 403, body: '{}' }, '3'],
    ['answers something else than agreed', { status: 200, body: '{"client":{}}' }, '3'],
    ['answers no JSON', { status: 200, body: '<html>' }, '3'],
    ['answers too much', { status: 200, body: 'x'.repeat(300 * 1024) }, '3'],
  ])('and %s, the page is a 503 with Retry-After and a way to try again', async (_, fault, retryAfter) => {
    const challenge = idp.authz.begin();
    idp.authz.fault = fault;
    const page = await idp.browser().get(`/login?login_challenge=${challenge}`);
    expect(page.status).toBe(503);
    expect(page.headers['retry-after']).toBe(retryAfter);
    expect(page.headers['content-type']).toContain('text/html');
    expect(page.body).toContain(`href="/login?login_challenge=${challenge}"`);
    idp.authz.fault = undefined;
    expect((await idp.browser().get(`/login?login_challenge=${challenge}`)).status).toBe(200);
  });

  it('a form that is sent counts as no failure and can be sent again', async () => {
    const browser = idp.browser();
    const challenge = idp.authz.begin();
    const fields = hiddenFields((await browser.get(`/login?login_challenge=${challenge}`)).body);
    const form = { ...fields, username: 'alice', password: alicePassword };
    idp.authz.fault = { status: 502 };
    const page = await browser.post('/login', form);
    expect(page.status).toBe(503);
    expect(page.body).toContain(`href="/login?login_challenge=${challenge}"`);
    idp.authz.fault = undefined;
    expect((await browser.post('/login', form)).status).toBe(303);
    expect(await idp.database.sql('SELECT * FROM sign_in_failure')).toEqual([]);
  });
});

describe('while the database is away', () => {
  it('pages are 503 with Retry-After, internal routes too, health says why, and all recovers by itself', async () => {
    const browser = idp.browser();
    const challenge = idp.authz.begin();
    const fields = hiddenFields((await browser.get(`/login?login_challenge=${challenge}`)).body);
    const form = { ...fields, username: 'alice', password: alicePassword };
    expect((await browser.signIn('alice', alicePassword)).status).toBe(303);
    const session = browser.cookies.get('__Host-idp_session');
    await postgres.stop();
    const page = await browser.post('/login', form);
    expect(page.status).toBe(503);
    expect(page.headers['retry-after']).toBe('3');
    expect(page.body).toContain('not because of anything you entered');
    expect((await browser.get('/')).status).toBe(503);
    expect((await idp.call('authz', 'GET', '/internal/v1/users/00000000-0000-4000-8000-000000000000')).status).toBe(
      503,
    );
    expect((await idp.call('ops', 'GET', '/admin/v1/users')).status).toBe(503);
    const health = await idp.call(undefined, 'GET', '/health');
    expect(health.status).toBe(503);
    await postgres.restart();
    expect(browser.cookies.get('__Host-idp_session')).toBe(session);
    expect((await browser.get('/')).body).toContain('You are signed in');
    expect((await browser.post('/login', form)).status).toBe(303);
  }, 60_000);
});
