import { setTimeout as delay } from 'node:timers/promises';
import { failed, passed, running, type Check, type CheckGroup } from '../check.js';
import type { CheckContext } from '../context.js';
import { send, type TimedAnswer } from '../endpoints.js';

const BASE = '/auth-server/v1/oauth';
/** The probe's tokens live two seconds. */
const EXPIRED_WITHIN_MS = 6_000;

/** Auth Service v1.0, as API gateways and their clients use it. */
export const gateway: CheckGroup = {
  title: 'Auth Service v1.0',
  atOnce: 3,
  checks: [
    {
      id: 'auth-service.root',
      title: 'The base path answers ok',
      phases: ['deploy', 'post'],
      lines: ['A138'],
      todo: 'Is the second listener of authz published, and its JWT secret set?',
      run: async (context) => {
        const { status, text } = await send(context, `${context.subject.urls.authService}${BASE}/`);
        return status === 200 && text.trim() === 'ok' ? passed('ok') : failed(`${status} ${text.slice(0, 80)}`);
      },
    },
    {
      id: 'auth-service.token',
      title: 'A token is generated',
      phases: [...running, 'deploy'],
      lines: ['A131', 'A141', 'A142', 'A143', 'A183', 'A191'],
      todo: 'Look at authz: the database of clients, and its JWT secret.',
      run: async (context) => {
        const answer = await issue(context);
        const { token_type: type, expires_in: seconds } = JSON.parse(answer.text) as Record<string, unknown>;
        return answer.status === 200 && type === 'Bearer'
          ? passed(`Bearer, ${Number(seconds)} s`)
          : failed(`${answer.status}`);
      },
    },
    {
      id: 'auth-service.validate',
      title: 'A token is validated for an endpoint',
      phases: running,
      lines: ['A146', 'A147', 'A148', 'A149'],
      todo: 'Look at the change feed of authz (health names it): new endpoints reach it there.',
      run: async (context) => {
        const { status, text } = await validate(context, await tokenOf(context));
        return status === 200 && text.includes('"valid":true')
          ? passed('valid')
          : failed(`${status} ${text.slice(0, 120)}`);
      },
    },
    {
      id: 'auth-service.revocation',
      title: 'A revoked token is refused at once',
      phases: ['post'],
      lines: ['A185'],
      todo: 'Look at authz: revoked tokens are rows of its database.',
      run: async (context) => {
        const token = await tokenOf(context);
        const revoked = await send(context, `${context.subject.urls.authService}${BASE}/revoke`, {
          ...{ method: 'POST', headers: { authorization: `Bearer ${token}` } },
        });
        if (revoked.status !== 200) return failed(`revoke answers ${revoked.status}`);
        const { status } = await validate(context, token);
        return status === 401 ? passed('401 after its revocation') : failed(`${status} after its revocation`);
      },
    },
    {
      id: 'auth-service.expiration',
      title: 'Tokens expire',
      phases: ['post'],
      lines: ['A184'],
      todo: 'Compare the clocks of the replicas.',
      run: async (context) => {
        const token = await tokenOf(context);
        const begun = performance.now();
        for (;;) {
          const { status } = await validate(context, token);
          const after = performance.now() - begun;
          if (status === 401) return passed(`a token of 2 s was refused after ${(after / 1000).toFixed(1)} s`);
          if (after > EXPIRED_WITHIN_MS)
            return failed(`a token of 2 s is still good after ${Math.round(after / 1000)} s`);
          await delay(250);
        }
      },
    },
    caching(),
  ],
};

function caching(): Check {
  return {
    id: 'auth-service.caching',
    title: 'Caching works: clients are found without the database',
    phases: ['post'],
    lines: ['A186'],
    todo: 'Look at the change feed of authz: without it nothing is kept.',
    run: async (context) => {
      const before = await cacheHits(context);
      const cold = await issue(context);
      const warm = await issue(context);
      const hits = (await cacheHits(context)) - before;
      return hits > 0
        ? passed(`${hits} hits; ${Math.round(cold.ms)} ms, then ${Math.round(warm.ms)} ms`)
        : failed('client_cache_hits_total does not grow');
    },
  };
}

async function cacheHits(context: CheckContext): Promise<number> {
  const { text } = await send(context, `${context.subject.urls.authService}/metrics`);
  return Number(/^auth_server_client_cache_hits_total(?:\{[^}]*\})? (\S+)/m.exec(text)?.[1] ?? 0);
}

async function issue(context: CheckContext): Promise<TimedAnswer> {
  const { gateway: own } = await context.probe();
  return send(context, `${context.subject.urls.authService}${BASE}/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ client_id: own.clientId, client_secret: own.secret, grant_type: 'client_credentials' }),
  });
}

async function tokenOf(context: CheckContext): Promise<string> {
  const { status, text } = await issue(context);
  if (status !== 200) throw new Error(`the token route answers ${status}`);
  const { access_token: token } = JSON.parse(text) as { access_token: string };
  (await context.probe()).secrets.push(token);
  return token;
}

async function validate(context: CheckContext, token: string): Promise<TimedAnswer> {
  const { gateway: own } = await context.probe();
  return send(context, `${context.subject.urls.authService}${BASE}/validate`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ endpoint_url: own.endpoint }),
  });
}
