import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { countStatements } from '@cryptoutil/testing';
import { alicePassword, idpFixture, type IdpFixture } from '../idp.fixture.js';
import type { Browser } from '../browser.fixture.js';
import { ExpirySweeper } from './expiry-sweeper.js';
import { SessionStore } from './session.store.js';
import { Sessions } from './sessions.js';

let idp: IdpFixture;
let browser: Browser;
let alice: string;
beforeAll(async () => {
  idp = await idpFixture(2);
  alice = (await idp.putUser('alice')).body.sub;
}, 60_000);
beforeEach(async () => {
  await idp.database.sql('TRUNCATE idp_session, sign_in_failure');
  await idp.putUser('alice');
  browser = idp.browser();
  await browser.signIn('alice', alicePassword);
});
afterAll(() => idp.close());

const isSignedIn = async (one = browser) => (await one.get('/')).body.includes('You are signed in');
const row = async () => (await idp.database.sql<Record<string, any>>('SELECT * FROM idp_session'))[0]!;
const MINUTE = 60;

describe('a session', () => {
  it('is known to every replica and stored without the value of its cookie', async () => {
    const other = idp.browser(1);
    const value = browser.cookies.get('__Host-idp_session')!;
    other.cookies.set('__Host-idp_session', value);
    expect(await isSignedIn(other)).toBe(true);
    expect(value).toHaveLength(43);
    expect(JSON.stringify(await row())).not.toContain(value);
  });

  it('ends after 30 minutes without use', async () => {
    idp.clock.advance(29 * MINUTE);
    expect(await isSignedIn()).toBe(true);
    idp.clock.advance(29 * MINUTE);
    expect(await isSignedIn()).toBe(true);
    idp.clock.advance(30 * MINUTE);
    expect(await isSignedIn()).toBe(false);
  });

  it('ends 12 hours after the sign-in however busy it is', async () => {
    for (let minutes = 0; minutes < 12 * 60; minutes += 20) {
      expect(await isSignedIn()).toBe(true);
      idp.clock.advance(20 * MINUTE);
    }
    expect(await isSignedIn()).toBe(false);
  });

  it('notes its use at most once a minute', async () => {
    const writes = async () => (await countStatements(idp.dataSource, () => browser.get('/'))).writes;
    expect(await writes()).toBe(0);
    idp.clock.advance(59);
    expect(await writes()).toBe(0);
    idp.clock.advance(1);
    expect(await writes()).toBe(1);
    expect(await writes()).toBe(0);
  });

  it('is not opened by its handle, its hash or a malformed cookie', async () => {
    const { handle, id_hash: hash } = await row();
    for (const value of [handle, hash, '', 'x'.repeat(44), `${browser.cookies.get('__Host-idp_session')!}x`]) {
      const thief = idp.browser();
      thief.cookies.set('__Host-idp_session', value as string);
      expect(await isSignedIn(thief)).toBe(false);
    }
  });

  it('is told to authz by its handle while it goes on, whose it is and nothing else; that is a use', async () => {
    const { handle } = await row();
    const asked = () => idp.call('authz', 'GET', `/internal/v1/sessions/${handle}`);
    idp.clock.advance(29 * MINUTE);
    expect(await asked()).toMatchObject({ status: 200, body: { sub: alice } });
    expect(Object.keys((await asked()).body)).toEqual(['sub']);
    idp.clock.advance(29 * MINUTE);
    expect(await isSignedIn()).toBe(true);
    idp.clock.advance(30 * MINUTE);
    expect(await asked()).toMatchObject({ status: 404, body: { code: 'session_not_found' } });
  });

  it('is gone for authz after the sign-out at idp, and when the account is switched off', async () => {
    const { handle } = await row();
    await idp.database.sql('UPDATE user_account SET disabled_at = now()');
    expect((await idp.call('authz', 'GET', `/internal/v1/sessions/${handle}`)).status).toBe(404);
    await idp.putUser('alice');
    await idp.database.sql('DELETE FROM idp_session');
    expect((await idp.call('authz', 'GET', `/internal/v1/sessions/${handle}`)).status).toBe(404);
    expect((await idp.call('rs', 'GET', `/internal/v1/sessions/${handle}`)).status).toBe(403);
  });

  it('ends when authz ends it by its handle; again is fine too', async () => {
    const { handle } = await row();
    expect((await idp.call('authz', 'DELETE', `/internal/v1/sessions/${handle}`)).status).toBe(204);
    expect(await isSignedIn()).toBe(false);
    expect((await idp.call('authz', 'DELETE', `/internal/v1/sessions/${handle}`)).status).toBe(204);
  });

  it.each([undefined, 'rs', 'ops', 'kms'])('is not ended by %s', async (identity) => {
    const { handle } = await row();
    const { status } = await idp.call(identity, 'DELETE', `/internal/v1/sessions/${handle}`);
    expect([401, 403]).toContain(status);
    expect(await isSignedIn()).toBe(true);
  });

  it('ends at once when the account is switched off, and stays ended when it is on again', async () => {
    await idp.putUser('alice', { disabled: true });
    expect(await isSignedIn()).toBe(false);
    idp.clock.advance(1);
    await idp.putUser('alice');
    expect(await isSignedIn()).toBe(false);
  });

  it('ends with a new password, and goes on when the same one is put again', async () => {
    await idp.putUser('alice', { name: 'New Name' });
    expect(await isSignedIn()).toBe(true);
    idp.clock.advance(1);
    await idp.putUser('alice', { password: 'eleven tame geese in Basel' });
    expect(await isSignedIn()).toBe(false);
  });

  it('ends with its user', async () => {
    expect((await idp.call('ops', 'DELETE', '/admin/v1/users/alice')).status).toBe(204);
    expect(await isSignedIn()).toBe(false);
    alice = (await idp.putUser('alice')).body.sub;
  });
});

describe('writing a session', () => {
  const attempt = async (change: () => Promise<unknown>) => {
    const sessions = idp.replicas[0]!.app.get(Sessions, { strict: false });
    const [{ password_hash: passwordHash } = {}] = await idp.database.sql<any>(
      'SELECT password_hash FROM user_account WHERE id = $1',
      [alice],
    );
    const authTime = idp.clock.now();
    idp.clock.advance(1);
    await change();
    return sessions.open({ userId: alice, amr: ['pwd'], authTime }, { passwordHash, openBuckets: ['identifier:test'] });
  };

  it('happens when nothing changed since the password was looked at', async () => {
    expect(await attempt(() => Promise.resolve())).toMatchObject({ userId: alice });
  });

  it.each([
    ['the account was switched off', () => idp.putUser('alice', { disabled: true })],
    [
      'the account was switched off and on',
      async () => {
        await idp.putUser('alice', { disabled: true });
        await idp.putUser('alice');
      },
    ],
    ['the password was changed', () => idp.putUser('alice', { password: 'eleven tame geese in Basel' })],
    [
      'the name was shut by failures',
      () => idp.database.sql("INSERT INTO sign_in_failure VALUES ('identifier:test', 45, '2030-01-01', '2030-01-01')"),
    ],
  ])('does not happen when meanwhile %s', async (_, change) => {
    expect(await attempt(change)).toBeUndefined();
  });

  it('opens a new session when the one to renew has ended meanwhile', async () => {
    const sessions = idp.replicas[0]!.app.get(Sessions, { strict: false });
    const current = (await sessions.find(browser.cookies.get('__Host-idp_session')))!;
    await sessions.end(current);
    const [{ password_hash: passwordHash }] = (await idp.database.sql<any>(
      'SELECT password_hash FROM user_account',
    )) as [any];
    const opened = await sessions.open(
      { userId: current.userId, amr: ['pwd'], authTime: idp.clock.now() },
      { passwordHash, openBuckets: [] },
      current,
    );
    expect(opened!.handle).not.toBe(current.handle);
  });
});

describe('the sweeper', () => {
  it('deletes ended sessions and forgotten failures and nothing else', async () => {
    const sweeper = idp.replicas[0]!.app.get(ExpirySweeper, { strict: false });
    await idp.browser().signIn('nobody', 'some wrong password');
    await sweeper.sweep();
    expect(await idp.database.sql('SELECT * FROM idp_session')).toHaveLength(1);
    // Longer than any count is kept.
    idp.clock.advance(366 * 24 * 3600);
    await sweeper.sweep();
    expect(await idp.database.sql('SELECT * FROM idp_session')).toEqual([]);
    expect(await idp.database.sql('SELECT * FROM sign_in_failure')).toEqual([]);
    expect(
      await idp.replicas[0]!.app.get(SessionStore, { strict: false }).find('x', idp.clock.now(), idp.clock.now()),
    ).toBeUndefined();
  });
});
