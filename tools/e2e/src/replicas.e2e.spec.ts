import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomToken, sha256 } from '@cryptoutil/crypto';
import { HttpBrowser } from './http-browser.fixture.js';
import { suiteFixture, type Reply, type Suite } from './suite.fixture.js';

const redirectUri = 'https://localhost:9443/cb';
const twenty = Array.from({ length: 20 }, (_, index) => index);

describe('two authz replicas on one database, with the real idp and kms', () => {
  let suite: Suite;
  let replicas: [string, string];

  beforeAll(async () => {
    suite = await suiteFixture();
    replicas = [suite.file.urls.authz, (await suite.running.addReplica('authz')).url];
  }, 180_000);
  afterAll(() => suite?.close(), 60_000);

  /** Signs alice in as far as the redirect that carries the login verifier. */
  const toVerifier = async (browser: HttpBrowser) => {
    const verifier = randomToken();
    const url = new URL(`${suite.file.issuer}/oauth2/v1/authorize`);
    url.search = new URLSearchParams({
      client_id: 'confidential',
      response_type: 'code',
      redirect_uri: redirectUri,
      scope: 'openid offline_access read:resource',
      code_challenge: sha256(verifier).toString('base64url'),
      code_challenge_method: 'S256',
    }).toString();
    const login = await browser.follow(url, ({ pathname }) => pathname === '/login');
    const user = suite.file.users[0];
    const consent = await browser.submit(login, { username: user?.username ?? '', password: user?.password ?? '' });
    const page = await browser.follow(consent.location!, () => false);
    const released = await browser.submit(page, { decision: 'allow' }, 'Allow');
    return { released: released.location!, verifier };
  };

  const redeem = (code: string, verifier: string, replica: number): Promise<Reply> =>
    suite.call(`${replicas[replica % 2]}/oauth2/v1/token`, {
      basic: suite.file.clients['confidential'],
      form: { grant_type: 'authorization_code', code, code_verifier: verifier, redirect_uri: redirectUri },
    });
  const refresh = (token: string, replica: number): Promise<Reply> =>
    suite.call(`${replicas[replica % 2]}/oauth2/v1/token`, {
      basic: suite.file.clients['confidential'],
      form: { grant_type: 'refresh_token', refresh_token: token },
    });
  const isActive = async (token: string): Promise<boolean> =>
    (
      await suite.call(`${suite.file.issuer}/oauth2/v1/introspect`, {
        basic: suite.file.clients['confidential'],
        form: { token },
      })
    ).json.active;

  const newCode = async () => {
    const browser = new HttpBrowser(suite.dispatcher);
    const { released, verifier } = await toVerifier(browser);
    const back = await browser.get(released);
    return { code: back.location?.searchParams.get('code') ?? '', verifier };
  };

  it('one login verifier × 20 → one success', async () => {
    const browser = new HttpBrowser(suite.dispatcher);
    const { released } = await toVerifier(browser);
    const answers = await Promise.all(
      twenty.map((index) => browser.get(new URL(released.pathname + released.search, replicas[(index % 2) as 0 | 1]))),
    );
    expect(answers.filter(({ location }) => location?.searchParams.has('code'))).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 410)).toHaveLength(19);
  });

  it('one code × 20 → exactly one 200, and what the winner got is revoked', async () => {
    const { code, verifier } = await newCode();
    const answers = await Promise.all(twenty.map((index) => redeem(code, verifier, index)));
    const winners = answers.filter(({ status }) => status === 200);
    expect(winners).toHaveLength(1);
    expect(await isActive(winners[0]?.json.access_token)).toBe(false);
    expect((await refresh(winners[0]?.json.refresh_token, 0)).json.error).toBe('invalid_grant');
  });

  it('one bearer refresh token × 20 → one family, and reuse raises the alarm', async () => {
    const { code, verifier } = await newCode();
    const issued = (await redeem(code, verifier, 0)).json;
    const answers = await Promise.all(twenty.map((index) => refresh(issued.refresh_token, index)));
    const winners = answers.filter(({ status }) => status === 200);
    expect(new Set(winners.map(({ json }) => json.refresh_token)).size).toBe(1);
    expect(winners.length).toBeLessThanOrEqual(2);
    expect(answers.filter(({ json }) => json.error === 'invalid_grant').length).toBeGreaterThanOrEqual(18);
    expect((await refresh(winners[0]?.json.refresh_token, 1)).json.error).toBe('invalid_grant');
    expect(await isActive(issued.access_token)).toBe(false);
  });

  it('a token issued by one is known to the other, and revoked at one is inactive at the other', async () => {
    const { code, verifier } = await newCode();
    const { access_token: token } = (await redeem(code, verifier, 1)).json;
    expect(await isActive(token)).toBe(true);
    await suite.call(`${replicas[1]}/oauth2/v1/revoke`, { basic: suite.file.clients['confidential'], form: { token } });
    expect(await isActive(token)).toBe(false);
  });
});
