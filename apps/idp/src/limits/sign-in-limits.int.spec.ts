import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { alicePassword, idpFixture, type IdpFixture } from '../idp.fixture.js';
import type { Browser } from '../browser.fixture.js';

let idp: IdpFixture;
beforeAll(async () => {
  idp = await idpFixture(2);
}, 60_000);
beforeEach(async () => {
  await idp.putUser('alice');
});
afterEach(() => idp.database.sql('TRUNCATE user_account, idp_session, sign_in_failure'));
afterAll(() => idp.close());

const fail = (browser: Browser, username = 'alice') => browser.signIn(username, 'not the right password');
const failTimes = async (browser: Browser, times: number, username?: string) => {
  for (let count = 0; count < times; count += 1) {
    const { status, headers } = await fail(browser, username);
    if (status === 429) idp.clock.advance(Number(headers['retry-after']));
  }
};
/** Fails until the name is shut, with the first 43 failures written into the table. Answers how many there were. */
const failUntilShut = async (browser: Browser, username?: string) => {
  const before = await identifiers();
  await fail(browser, username);
  const [added] = (await identifiers()).filter((name) => !before.includes(name));
  await idp.database.sql('UPDATE sign_in_failure SET failures = 43 WHERE bucket = $1', [added]);
  for (let tried = 43; tried < 100;) {
    const { status, headers, body } = await fail(browser, username);
    if (body.includes('is paused here')) return tried;
    if (status === 429) idp.clock.advance(Number(headers['retry-after']));
    else tried += 1;
  }
  return Infinity;
};
const identifiers = async () =>
  (
    await idp.database.sql<{ bucket: string }>("SELECT bucket FROM sign_in_failure WHERE bucket LIKE 'identifier:%'")
  ).map(({ bucket }) => bucket);
const failures = () =>
  idp.database.sql<{ kind: string; failures: number }>(
    "SELECT split_part(bucket, ':', 1) AS kind, failures FROM sign_in_failure ORDER BY kind, failures",
  );

describe('the limits on password guessing', () => {
  it('delays the fifth failure on and doubles the delay, with Retry-After and the username kept', async () => {
    const browser = idp.browser();
    for (let count = 0; count < 5; count += 1) expect((await fail(browser)).status).toBe(422);
    const first = await fail(browser);
    expect(first.status).toBe(429);
    expect(first.headers['retry-after']).toBe('1');
    expect(first.body).toContain('Wait 1 second and try again');
    expect(first.body).toContain('value="alice"');
    idp.clock.advance(1);
    expect((await fail(browser)).status).toBe(422);
    expect((await fail(browser)).headers['retry-after']).toBe('2');
    idp.clock.advance(2);
    expect((await fail(browser)).status).toBe(422);
    expect((await fail(browser)).headers['retry-after']).toBe('4');
  });

  it('does not look at the password while it delays: the right one waits too', async () => {
    const browser = idp.browser();
    await failTimes(browser, 5);
    expect((await browser.signIn('alice', alicePassword)).status).toBe(429);
    idp.clock.advance(1);
    expect((await browser.signIn('alice', alicePassword)).status).toBe(303);
  });

  it('counts one name in whatever spelling as one, and the name on both replicas together', async () => {
    for (const [index, name] of ['alice', 'ALICE', ' ａｌｉｃｅ', 'Alice', 'alicE'].entries()) {
      expect((await fail(idp.browser(index % 2), name)).status).toBe(422);
    }
    expect((await fail(idp.browser(1))).status).toBe(429);
  });

  it('empties the counters of the person when the right password comes', async () => {
    const browser = idp.browser();
    await failTimes(browser, 4);
    expect((await browser.signIn('alice', alicePassword)).status).toBe(303);
    expect(await failures()).toEqual([{ kind: 'network', failures: 4 }]);
  });

  it('slows one network down whatever names it tries, and leaves another network alone', async () => {
    const sprayer = idp.browserFrom('127.0.0.2');
    for (let count = 0; count < 31; count += 1) expect((await fail(sprayer, `guess${count}`)).status).toBe(422);
    expect((await fail(sprayer, 'alice')).status).toBe(429);
    expect((await idp.browserFrom('127.0.0.3').signIn('alice', alicePassword)).status).toBe(303);
  });

  it('shuts a name at 45 consecutive failures, so username and e-mail together stay below 100 (SP 800-63B-4 §3.2.2)', async () => {
    const stranger = idp.browserFrom('127.0.0.2');
    const byName = await failUntilShut(stranger);
    const byEmail = await failUntilShut(stranger, 'alice@example.com');
    expect([byName, byEmail]).toEqual([45, 45]);
    const answer = await stranger.signIn('alice', alicePassword);
    expect(answer.status).toBe(429);
    idp.clock.advance(30 * 24 * 3600);
    expect((await idp.browserFrom('127.0.0.4').signIn('alice', alicePassword)).status).toBe(429);
  });

  it('does not let strangers lock out the owner in a browser that has signed in before', async () => {
    const owner = idp.browser();
    expect((await owner.signIn('alice', alicePassword)).status).toBe(303);
    owner.cookies.delete('__Host-idp_session');
    expect(await failUntilShut(idp.browserFrom('127.0.0.2'))).toBe(45);
    expect((await fail(owner)).status).toBe(422);
    expect((await owner.signIn('alice', alicePassword)).status).toBe(303);
    // The owner's sign-in reopens the name for new browsers as well.
    expect((await idp.browserFrom('127.0.0.5').signIn('alice', alicePassword)).status).toBe(303);
  });

  it('gives a known browser ten tries and takes it for a stranger afterwards', async () => {
    const owner = idp.browser();
    await owner.signIn('alice', alicePassword);
    owner.cookies.delete('__Host-idp_session');
    for (let count = 0; count < 10; count += 1) expect((await fail(owner)).status).toBe(422);
    expect(await failures()).toEqual([{ kind: 'known', failures: 10 }]);
    expect((await fail(owner)).status).toBe(422);
    expect((await failures()).map(({ kind }) => kind)).toContain('identifier');
  });

  it('takes the mark of a known browser for its own user only', async () => {
    await idp.putUser('mallory');
    const mallory = idp.browser();
    await mallory.signIn('mallory', alicePassword);
    await fail(mallory);
    expect((await failures()).map(({ kind }) => kind)).not.toContain('known');
  });

  it('reopens a shut name when an administrator puts the user', async () => {
    await failUntilShut(idp.browserFrom('127.0.0.2'));
    await idp.putUser('alice');
    expect((await idp.browserFrom('127.0.0.6').signIn('alice', alicePassword)).status).toBe(303);
  });

  it('answers the same for names that exist and names that do not, all the way', async () => {
    const known = idp.browserFrom('127.0.0.2');
    const unknown = idp.browserFrom('127.0.0.3');
    for (let count = 0; count < 12; count += 1) {
      const [one, other] = [await fail(known, 'alice'), await fail(unknown, 'nobod')];
      expect(anonymous(one)).toEqual(anonymous(other));
      if (one.status === 429) idp.clock.advance(Number(one.headers['retry-after']));
    }
  });

  it('counts every one of many parallel failures, on two replicas, exactly once', async () => {
    const browsers = [idp.browser(0), idp.browser(1)];
    const forms = await Promise.all(browsers.map((browser) => browser.get('/login')));
    expect(forms.map(({ status }) => status)).toEqual([200, 200]);
    const answers = await Promise.all(Array.from({ length: 20 }, (_, index) => fail(browsers[index % 2]!)));
    const refused = answers.filter(({ status }) => status === 422).length;
    expect(answers.every(({ status }) => status === 422 || status === 429)).toBe(true);
    expect(await failures()).toEqual(['identifier', 'network', 'pair'].map((kind) => ({ kind, failures: refused })));
  });

  it('names neither people nor addresses in its table', async () => {
    await fail(idp.browser());
    const rows = await idp.database.sql('SELECT * FROM sign_in_failure');
    expect(JSON.stringify(rows)).not.toMatch(/alice|127\.0\.0\.1/);
  });
});

const anonymous = ({ status, headers, body }: Awaited<ReturnType<typeof fail>>) => ({
  status,
  retryAfter: headers['retry-after'],
  cookies: headers['set-cookie'],
  body: body.replace(/value="[^"]*"/g, ''),
});
