import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { alicePassword, idpFixture, type IdpFixture } from '../idp.fixture.js';

let idp: IdpFixture;
beforeAll(async () => {
  idp = await idpFixture();
  expect((await idp.putUser('alice')).status).toBe(201);
}, 60_000);
afterAll(() => idp.close());

describe('signing in for a client', () => {
  it('signs in with the username and goes to the address authz answers, by 303', async () => {
    const challenge = idp.authz.begin();
    const page = await idp.browser().signIn('alice', alicePassword, challenge);
    expect(page).toMatchObject({ status: 303, location: idp.authz.redirectTo });
  });
});
