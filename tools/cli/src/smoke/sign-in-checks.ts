import * as client from 'openid-client';
import { ask } from '../requests/answers.js';
import { serviceNames, services } from '../services/services.js';
import { reached, require, type Checks } from './checks.js';
import type { SmokeFlow } from './smoke-flow.js';

const CLIENT = 'confidential';
const IDENTITY_SCOPE = 'openid profile email offline_access read:resource';
const RESOURCE_SCOPE = 'openid offline_access read:resource kms:encrypt kms:decrypt';

/** Health, discovery, and a person who signs in to an application: code flow, ID token, userinfo, refresh. */
export async function checkSignIn(checks: Checks, flow: SmokeFlow): Promise<void> {
  const { urls, issuer } = flow.suite;
  for (const name of serviceNames) {
    await checks.run(`${name} is ready`, async () => {
      const { status, body } = await ask(flow.dispatcher, `${urls[name]}${services[name].readyPath}`);
      require(status === 200, `${services[name].readyPath} must answer 200`, { status, body });
    });
  }
  await checks.run('discovery: both documents name the issuer', async () => {
    for (const document of ['openid-configuration', 'oauth-authorization-server']) {
      const { status, body } = await ask<{ issuer?: string }>(flow.dispatcher, `${issuer}/.well-known/${document}`);
      require(status === 200 && body.issuer === issuer, `${document} must name ${issuer}`, {
        status,
        issuer: body?.issuer,
      });
    }
    for (const id of [CLIENT, 'service', 'introspector']) await flow.discover(id);
  });
  await checks.run(
    'code flow with PKCE: sign-in page, consent page, code, ID token verified by the published keys',
    async () => {
      flow.signedIn = await flow.signIn(IDENTITY_SCOPE, []);
    },
  );
  await checks.run('userinfo: tells who it is', async () => {
    const { accessToken, sub } = reached(flow.signedIn);
    const info = await client.fetchUserInfo(flow.as(CLIENT), accessToken, sub);
    require(info.email === flow.user.email, `userinfo must name ${flow.user.email}`, info);
  });
  await checks.run('refresh: a new access token for the same person', async () => {
    const before = reached(flow.signedIn);
    flow.signedIn = await flow.refresh(before);
    require(flow.signedIn.accessToken !== before.accessToken, 'the access token must be a new one');
  });
  await checks.run('code flow again: the session is known, tokens are for single services', async () => {
    reached(flow.signedIn);
    flow.connected = await flow.signIn(RESOURCE_SCOPE, [urls.rs, urls.kms], urls.rs);
  });
}

/** Ends the session of the person and proves that it is over. */
export async function checkSignOut(checks: Checks, flow: SmokeFlow): Promise<void> {
  await checks.run('logout: ends the session', async () => {
    const configuration = flow.as(CLIENT);
    const url = client.buildEndSessionUrl(configuration, {
      id_token_hint: reached(flow.signedIn).idToken,
      post_logout_redirect_uri: reached(reached(flow.suite.clients[CLIENT]).post_logout_redirect_uris?.[0]),
    });
    let page = await flow.browser.open(url);
    if (page.status === 200 && /<button/i.test(page.html)) page = await flow.browser.submit(page, 'Sign out');
    const again = client.buildAuthorizationUrl(configuration, {
      redirect_uri: flow.redirectUri,
      scope: 'openid',
      code_challenge: await client.calculatePKCECodeChallenge(client.randomPKCECodeVerifier()),
      code_challenge_method: 'S256',
      prompt: 'none',
      state: client.randomState(),
    });
    const answer = (await flow.browser.open(again)).url.searchParams.get('error');
    require(answer === 'login_required', 'prompt=none must then answer login_required', answer);
  });
}
