import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { alicePassword, idpFixture, type IdpFixture } from '../idp.fixture.js';

let idp: IdpFixture;
beforeAll(async () => {
  idp = await idpFixture(2);
}, 60_000);
afterEach(() => idp.database.sql('TRUNCATE user_account CASCADE'));
afterAll(() => idp.close());

const users = '/admin/v1/users';

describe('PUT /admin/v1/users/{username}', () => {
  it('creates, then replaces under the same subject, which is a UUID and not the username', async () => {
    const created = await idp.putUser('Alice', { roles: ['admin'], email_verified: true });
    expect(created.status).toBe(201);
    expect(created.body).toEqual({
      sub: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-4/),
      username: 'Alice',
      email: 'Alice@example.com',
      email_verified: true,
      name: 'Alice Example',
      roles: ['admin'],
      disabled: false,
      has_password: true,
      created_at: idp.clock.now().toISOString(),
      updated_at: idp.clock.now().toISOString(),
    });
    idp.clock.advance(5);
    const replaced = await idp.putUser('alice', { password: undefined, name: 'Alice B' });
    expect(replaced.status).toBe(200);
    expect(replaced.body).toMatchObject({ sub: created.body.sub, name: 'Alice B', roles: [], has_password: true });
    expect(replaced.body.updated_at).not.toBe(replaced.body.created_at);
  });

  it('stores the password as argon2id and nothing else of it', async () => {
    await idp.putUser('alice');
    const rows = JSON.stringify(await idp.database.sql('SELECT * FROM user_account'));
    expect(rows).toContain('$argon2id$');
    expect(rows).not.toContain(alicePassword);
  });

  it.each([
    ['a short password', { password: 'only 14 chars!' }, 'weak_password'],
    ['a common password', { password: 'passwordpassword' }, 'weak_password'],
    ['a password made of the username', { password: 'alice-cryptoutil' }, 'weak_password'],
    ['no e-mail', { email: undefined }, 'invalid_request'],
    ['a wrong e-mail', { email: 'alice' }, 'invalid_request'],
    ['an empty name', { name: '  ' }, 'invalid_request'],
    ['a name that turns the text around', { name: 'Alice \u202eexample' }, 'invalid_request'],
    ['a wrong role', { roles: ['Admin Role'] }, 'invalid_request'],
    ['an unknown member', { is_admin: true }, 'invalid_request'],
  ])('refuses %s with 400', async (_, user, code) => {
    const { status, body } = await idp.putUser('alice', user);
    expect(status).toBe(400);
    expect(body.code).toBe(code);
    expect(JSON.stringify(body)).not.toContain('only 14');
    expect(await idp.database.sql('SELECT 1 FROM user_account')).toEqual([]);
  });

  it.each(['alice@example.com', '-alice', 'a b', '%00', 'x'.repeat(65)])(
    'refuses the username %j',
    async (username) => {
      expect((await idp.putUser(username, { email: 'a@example.com' })).status).toBe(400);
    },
  );

  it('refuses an e-mail that another user has, in any spelling', async () => {
    await idp.putUser('alice');
    const { status, body } = await idp.putUser('bob', { email: 'ALICE@Example.com' });
    expect([status, body.code]).toEqual([409, 'email_taken']);
  });

  it('creates one user when the same name is put many times at once on two replicas', async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => idp.putUser('alice', { password: undefined })));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 200, 200, 200, 200, 200, 201]);
    expect(new Set(answers.map(({ body }) => body.sub)).size).toBe(1);
  });
});

describe('the other routes of operators', () => {
  it('lists users in pages by name, with the total', async () => {
    for (const name of ['carol', 'Alice', 'bob']) await idp.putUser(name, { password: undefined });
    const first = await idp.call('ops', 'GET', `${users}?limit=2`);
    expect(first.body).toMatchObject({ total: 3, next_cursor: 'bob' });
    expect(first.body.items.map((user: any) => user.username)).toEqual(['Alice', 'bob']);
    const second = await idp.call('ops', 'GET', `${users}?limit=2&cursor=${first.body.next_cursor}`);
    expect(second.body.items.map((user: any) => user.username)).toEqual(['carol']);
    expect(second.body.next_cursor).toBeUndefined();
    for (const limit of ['0', '201', 'x'])
      expect((await idp.call('ops', 'GET', `${users}?limit=${limit}`)).status).toBe(400);
  });

  it('shows and removes one user, by name in any spelling', async () => {
    await idp.putUser('alice', { password: undefined });
    expect((await idp.call('ops', 'GET', `${users}/ALICE`)).body.username).toBe('alice');
    expect((await idp.call('ops', 'DELETE', `${users}/alice`)).status).toBe(204);
    expect((await idp.call('ops', 'DELETE', `${users}/alice`)).status).toBe(404);
    expect((await idp.call('ops', 'GET', `${users}/alice`)).status).toBe(404);
  });

  it.each([undefined, 'authz', 'rs', 'kms', 'idp'])('are closed to %s', async (identity) => {
    for (const [method, path] of [
      ['GET', users],
      ['GET', `${users}/a`],
      ['PUT', `${users}/a`],
      ['DELETE', `${users}/a`],
    ] as const) {
      const { status } = await idp.call(identity, method, path);
      expect(status).toBe(identity === undefined ? 401 : 403);
    }
  });
});

describe('GET /internal/v1/users/{sub}', () => {
  it('tells authz the claims and that the account is on, or off', async () => {
    const { body: user } = await idp.putUser('alice', { roles: ['admin'] });
    const shown = await idp.call('authz', 'GET', `/internal/v1/users/${user.sub}`);
    expect(shown.status).toBe(200);
    expect(shown.body).toEqual({
      sub: user.sub,
      active: true,
      claims: {
        preferred_username: 'alice',
        name: 'alice Example',
        email: 'alice@example.com',
        email_verified: false,
        roles: ['admin'],
        updated_at: idp.clock.now().getTime() / 1000,
      },
    });
    await idp.putUser('alice', { disabled: true });
    expect((await idp.call('authz', 'GET', `/internal/v1/users/${user.sub}`)).body.active).toBe(false);
  });

  it.each(['00000000-0000-4000-8000-000000000000', 'alice', '%27'])('knows no %s', async (sub) => {
    expect((await idp.call('authz', 'GET', `/internal/v1/users/${sub}`)).status).toBe(404);
  });

  it.each([undefined, 'rs', 'ops'])('is closed to %s', async (identity) => {
    const { status } = await idp.call(identity, 'GET', '/internal/v1/users/00000000-0000-4000-8000-000000000000');
    expect(status).toBe(identity === undefined ? 401 : 403);
  });
});
