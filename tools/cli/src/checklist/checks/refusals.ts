import { send, wrongOf } from '../endpoints.js';
import { failed, passed, running, unless, type Check } from '../check.js';

const RESOURCE = '/api/v1/protected/resource';
/** Signed by nobody. */
const FORGED = `${part({ alg: 'ES256', kid: 'checklist', typ: 'at+jwt' })}.${part({ sub: 'checklist', exp: 4_102_444_800 })}.${'A'.repeat(86)}`;

function part(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

/** What must not get through. */
export const refusals: readonly Check[] = [
  {
    id: 'refusal.unauthorized',
    title: 'Requests without a token are rejected with 401',
    phases: running,
    lines: ['S197'],
    todo: 'A route is open that must not be: stop the deployment.',
    run: async (context) => {
      const { rs, kms, authz } = context.subject.urls;
      const wrong = await wrongOf(
        [
          ['rs', `${rs}${RESOURCE}`],
          ['kms', `${kms}/service/api/v1/elastic-keys`],
          ['authz', `${authz}/oauth2/v1/userinfo`],
        ],
        async (_name, url) => {
          const { status } = await send(context, url);
          return status === 401 ? undefined : `answers ${status} without a token`;
        },
      );
      const admin = await send(context, `${authz}/admin/v1/clients`);
      if (![401, 403].includes(admin.status))
        wrong.push(`authz answers ${admin.status} to an administrator without a certificate`);
      return unless(wrong, '401 at rs, kms and userinfo; administration is closed without a certificate');
    },
  },
  {
    id: 'refusal.invalid-token',
    title: 'Invalid tokens are rejected',
    phases: running,
    lines: ['A79', 'S198'],
    todo: 'A forged token is let through: stop the deployment.',
    run: async (context) => {
      const { rs, kms, authService } = context.subject.urls;
      const headers = { authorization: `Bearer ${FORGED}` };
      const wrong = await wrongOf(
        [
          ['rs', `${rs}${RESOURCE}`],
          ['kms', `${kms}/service/api/v1/elastic-keys`],
        ],
        async (_name, url) => {
          const { status } = await send(context, url, { headers });
          return status === 401 ? undefined : `answers ${status} to a forged token`;
        },
      );
      const { gateway } = await context.probe();
      const { status } = await send(context, `${authService}/auth-server/v1/oauth/validate`, {
        ...{ method: 'POST', headers, body: JSON.stringify({ endpoint_url: gateway.endpoint }) },
      });
      if (status !== 401) wrong.push(`auth-service answers ${status} to a forged token`);
      return unless(wrong, 'a token that nobody signed gets 401 at rs, kms and auth-service');
    },
  },
  {
    id: 'refusal.scope',
    title: 'Scopes are enforced: 403 without the right one',
    phases: running,
    lines: ['S197', 'S199'],
    todo: 'A scope is not checked: stop the deployment.',
    run: async (context) => {
      const token = await (await context.probe()).serviceToken();
      const { status } = await send(context, `${context.subject.urls.rs}${RESOURCE}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ name: 'checklist', secret_note: 'never kept' }),
      });
      return status === 403
        ? passed('writing with read:resource is answered with 403')
        : failed(`writing with read:resource is answered with ${status}`);
    },
  },
  {
    id: 'refusal.malformed-json',
    title: 'Malformed JSON is answered with 400, not with an error of the server',
    phases: running,
    lines: ['A80'],
    todo: 'Look at the stack in the log of the service that answered.',
    run: async (context) => {
      const probe = await context.probe();
      const { urls } = context.subject;
      const token = await probe.token(context.subject.identifiers.rs, 'write:resource');
      const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
      const body = '{"client_id":';
      const wrong = await wrongOf(
        [
          ['auth-service', `${urls.authService}/auth-server/v1/oauth/token`],
          ['rs', `${urls.rs}${RESOURCE}`],
        ],
        async (_name, url) => {
          const { status } = await send(context, url, { method: 'POST', headers, body });
          return status === 400 ? undefined : `answers ${status}`;
        },
      );
      return unless(wrong, '400 at auth-service and rs');
    },
  },
];
