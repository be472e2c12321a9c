import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { countStatements } from '@cryptoutil/testing';
import { hiddenFields, type Browser } from '../browser.fixture.js';
import { alicePassword, idpFixture, publicAuthz, type IdpFixture } from '../idp.fixture.js';

let idp: IdpFixture;
let alice: string;
let browser: Browser;
beforeAll(async () => {
  idp = await idpFixture();
  alice = (await idp.putUser('alice')).body.sub;
  browser = idp.browser();
  await browser.signIn('alice', alicePassword);
}, 60_000);
afterEach(() => {
  idp.authz.calls = [];
  idp.authz.fault = undefined;
  idp.authz.redirectTo = `${publicAuthz}/resume?login_verifier=v`;
});
afterAll(() => idp.close());

const scopes = [
  { name: 'openid', required: true, description: 'Know who you are' },
  { name: 'email', required: false, description: 'See your e-mail address' },
  { name: 'read:resource', resource: 'https://rs.example', required: false, description: 'Read your resources' },
];
const begin = (more: Record<string, unknown> = {}) =>
  idp.authz.begin({ prompt: { name: 'consent', reasons: [] }, subject: alice, consent: { scopes }, ...more });
const open = (challenge: string, from = browser) => from.get(`/consent?login_challenge=${challenge}`);
const answer = async (challenge: string, fields: Record<string, string | string[]>) =>
  browser.post('/consent', { ...hiddenFields((await open(challenge)).body), ...fields });
const told = () => idp.authz.calls.filter(({ step }) => step !== '').map(({ step, body }) => ({ step, body }));

describe('the consent page', () => {
  it('names the client, lists required scopes and has one checkbox for each optional one, with Allow and Deny', async () => {
    const { status, body } = await open(begin());
    expect(status).toBe(200);
    expect(body).toMatch(/<h1>Allow <bdi>Demo Web<\/bdi> to use your account\?<\/h1>/);
    expect([...body.matchAll(/type="checkbox" name="scope" value="([^"]+)"/g)].map(([, value]) => value)).toEqual([
      'email',
      'read:resource',
    ]);
    expect(body).toContain('Know who you are');
    expect(body).toContain('At https://rs.example');
    expect([...body.matchAll(/<button[^>]*>([^<]+)</g)].map(([, word]) => word)).toEqual(['Allow', 'Deny']);
  });

  it('escapes what clients chose and links only to web addresses', async () => {
    const hostile = '"><script>alert(1)</script>';
    const { body } = await open(
      begin({
        client: {
          client_id: hostile,
          name: hostile,
          policy_uri: 'javascript:alert(1)',
          tos_uri: 'https://app.example/terms',
        },
        consent: { scopes: [{ name: hostile, required: false, description: hostile, resource: hostile }] },
      }),
    );
    expect(body).not.toContain('<script');
    expect(body).not.toContain('javascript:');
    expect(body).toContain('href="https://app.example/terms"');
  });

  it('falls back to the id of a client and the name of a scope', async () => {
    const { body } = await open(
      begin({
        client: { client_id: 'plain-client' },
        consent: { scopes: [{ name: 'x:y', required: true, description: '' }] },
      }),
    );
    expect(body).toContain('plain-client');
    expect(body).toContain('x:y');
    expect(body).toContain('See what it may do, then decide.');
  });
});

describe('deciding', () => {
  it('allows the required scopes and the ticked ones, and writes nothing here', async () => {
    const challenge = begin();
    const form = hiddenFields((await open(challenge)).body);
    const count = await countStatements(idp.dataSource, async () => {
      const page = await browser.post('/consent', { ...form, decision: 'allow', scope: 'email' });
      expect(page).toMatchObject({ status: 303, location: idp.authz.redirectTo });
    });
    expect(told()).toEqual([{ step: 'accept-consent', body: { sub: alice, scopes: ['openid', 'email'] } }]);
    expect(count.writes).toBe(0);
  });

  it('never allows a scope that was not offered, whatever the form says', async () => {
    await answer(begin(), { decision: 'allow', scope: ['admin', 'read:resource', 'read:resource'] });
    expect(told()).toEqual([{ step: 'accept-consent', body: { sub: alice, scopes: ['openid', 'read:resource'] } }]);
  });

  it('tells authz of a no', async () => {
    const page = await answer(begin(), { decision: 'deny', scope: ['email'] });
    expect(page).toMatchObject({ status: 303, location: idp.authz.redirectTo });
    expect(told()).toEqual([{ step: 'reject', body: { error: 'access_denied' } }]);
  });

  it.each([
    ['no token', { form_token: '' }, {}],
    ['another origin', {}, { origin: 'https://evil.example' }],
  ])('with %s allows nothing and keeps the ticks', async (_, change, headers) => {
    const form = hiddenFields((await open(begin())).body);
    const page = await browser.post('/consent', { ...form, decision: 'allow', scope: 'email', ...change }, headers);
    expect(page.status).toBe(403);
    expect(page.body).toMatch(/value="email" checked/);
    expect(page.body).not.toMatch(/value="read:resource" checked/);
    expect(told()).toEqual([]);
  });

  it('with the form another person was shown allows nothing', async () => {
    await idp.putUser('bob');
    const challenge = begin({ subject: undefined });
    const form = hiddenFields((await open(challenge)).body);
    const mixed = idp.browser();
    mixed.cookies.set('__Host-idp_form', browser.cookies.get('__Host-idp_form')!);
    await mixed.signIn('bob', alicePassword);
    expect((await mixed.post('/consent', { ...form, decision: 'allow' })).status).toBe(403);
    expect(told()).toEqual([]);
  });

  it('without a decision or challenge is a 400 page', async () => {
    expect((await answer(begin(), { scope: 'email' })).status).toBe(400);
    expect((await browser.post('/consent', { decision: 'allow' })).status).toBe(400);
    expect((await browser.get('/consent')).status).toBe(400);
    expect(told()).toEqual([]);
  });

  it('answers a request that has moved on with a page, not with a redirect', async () => {
    const challenge = begin();
    const form = hiddenFields((await open(challenge)).body);
    idp.authz.requests.delete(challenge);
    expect((await browser.post('/consent', { ...form, decision: 'allow' })).status).toBe(410);
    const other = begin();
    const fields = hiddenFields((await open(other)).body);
    const accept = browser.post('/consent', { ...fields, decision: 'allow' });
    idp.authz.fault = { status: 409, body: '{"code":"wrong_step"}' };
    const page = await accept;
    expect(page.status).toBe(409);
    expect(page.body).toContain('This step was already taken');
  });
});

describe('jumping to consent', () => {
  it('without a session leads to the sign-in form', async () => {
    const challenge = begin();
    const expected = { status: 303, location: `/login?login_challenge=${challenge}` };
    expect(await open(challenge, idp.browser())).toMatchObject(expected);
    expect(await idp.browser().post('/consent', { login_challenge: challenge, decision: 'allow' })).toMatchObject(
      expected,
    );
    expect(told()).toEqual([]);
  });

  it('before the sign-in was reported leads back to it', async () => {
    const challenge = begin({ prompt: { name: 'login', reasons: ['login_prompt'] } });
    expect(await open(challenge)).toMatchObject({ status: 303, location: `/login?login_challenge=${challenge}` });
  });

  it('under another account than the request’s is refused with a page', async () => {
    const challenge = begin({ subject: '00000000-0000-4000-8000-000000000000' });
    const page = await open(challenge);
    expect(page.status).toBe(403);
    expect(page.body).toContain('Another account is signed in');
  });
});
