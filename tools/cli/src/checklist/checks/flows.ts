import * as client from 'openid-client';
import { failed, passed, running, type CheckGroup } from '../check.js';
import type { CheckContext } from '../context.js';
import { send } from '../endpoints.js';
import { refusals } from './refusals.js';
import { keyFlows } from './key-flows.js';

const RESOURCE = '/api/v1/protected/resource';

/** The critical paths, with clients and a person that exist for this run alone. */
export const flows: CheckGroup = {
  title: 'Critical paths',
  atOnce: 3,
  checks: [
    {
      id: 'flow.code',
      title: 'OAuth 2.1 authorization code flow with PKCE, sign-in and consent',
      phases: [...running, 'weekly'],
      lines: ['A182', 'A183', 'S151', 'S226', 'S267'],
      timeoutMs: 60_000,
      todo: 'cryptoutil smoke tells the steps one by one; look at authz, idp and the database.',
      run: async (context) => {
        const probe = await context.probe();
        await probe.signIn();
        const { sub } = probe.flow.signedIn!;
        return passed(`signed in, consented, code exchanged, ID token of ${sub} verified by the published keys`);
      },
    },
    {
      id: 'flow.introspection',
      title: 'Token introspection tells active from revoked',
      phases: running,
      lines: ['S152', 'S198', 'A185'],
      timeoutMs: 60_000,
      todo: 'Look at authz: introspection and revocation share its database.',
      run: async (context) => {
        const probe = await signedIn(context);
        const { flow } = probe;
        const { accessToken } = await flow.signIn('openid read:resource offline_access', []);
        probe.secrets.push(accessToken);
        const asker = flow.as('introspector');
        if (!(await client.tokenIntrospection(asker, accessToken)).active) return failed('a new token is not active');
        await client.tokenRevocation(flow.as('confidential'), accessToken);
        return (await client.tokenIntrospection(asker, accessToken)).active
          ? failed('a revoked token is still active')
          : passed('active when issued, inactive once revoked');
      },
    },
    {
      id: 'flow.resource',
      title: 'Resources can be read with a valid token',
      phases: running,
      lines: ['S153', 'S198'],
      todo: 'Does rs reach authz (keys, introspection)? Is its CRYPTOUTIL_ISSUER the public one?',
      run: async (context) => {
        const probe = await context.probe();
        const token = await probe.serviceToken();
        const { status } = await send(context, `${context.subject.urls.rs}${RESOURCE}`, {
          headers: { authorization: `Bearer ${token}` },
        });
        return status === 200 ? passed('200 with a JWT for rs') : failed(`${status} with a valid token`);
      },
    },
    {
      id: 'flow.userinfo',
      title: 'Userinfo and the resource server know the person who signed in',
      phases: ['post', 'rollback'],
      lines: ['A182', 'S267'],
      timeoutMs: 60_000,
      todo: 'Look at idp (accounts) and at the introspection of opaque tokens by rs.',
      run: async (context) => {
        const { flow } = await signedIn(context);
        const { accessToken, sub } = flow.signedIn!;
        const info = await client.fetchUserInfo(flow.as('confidential'), accessToken, sub);
        const { status } = await flow.call(`${context.subject.urls.rs}${RESOURCE}`, accessToken);
        if (info.email !== flow.user.email) return failed('userinfo names somebody else');
        return status === 200 ? passed('userinfo and rs agree') : failed(`rs answers ${status} to the person's token`);
      },
    },
    ...keyFlows,
    ...refusals,
  ],
};

async function signedIn(context: CheckContext) {
  const probe = await context.probe();
  await probe.signIn();
  return probe;
}
