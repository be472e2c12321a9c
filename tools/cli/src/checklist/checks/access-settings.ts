import { failed, notApplicable, passed, unless, type Check } from '../check.js';
import { endpointsOf, send, wrongOf } from '../endpoints.js';

const FOREIGN = 'https://foreign.example';
/** The public documents of discovery may be read from anywhere; these may not. */
const guarded: Readonly<Record<string, string>> = {
  authz: '/admin/v1/clients',
  idp: '/health',
  rs: '/api/v1/protected/resource',
  kms: '/service/api/v1/elastic-keys',
  'auth-service': '/auth-server/v1/oauth/token',
};
/** Boundaries up to this are tried out; higher ones would be an attack on a running service. */
const TRIED_OUT = 200;

/** Who may read answers from a browser. */
export const corsOrigins: readonly Check[] = [
  {
    id: 'configuration.cors',
    title: 'CORS origins are set: no wildcard, no plain HTTP',
    phases: ['pre', 'post'],
    lines: ['S34'],
    todo: 'List the exact https origins of your web applications in the …_CORS_ORIGINS variable.',
    run: async (context) => {
      const settings = (await context.alive()).flatMap(({ id, environment }) =>
        Object.entries(environment)
          .filter(([name]) => name.endsWith('CORS_ORIGINS'))
          .map(([name, value]) => ({ id, name, value })),
      );
      const wrong = settings
        .filter(({ value }) => value.includes('*') || /(^|,)\s*http:\/\/(?!localhost|127\.)/.test(value))
        .map(({ id, name, value }) => `${id}: ${name}=${value}`);
      return unless(wrong, settings.length === 0 ? 'none is allowed' : settings.map(({ value }) => value).join(', '));
    },
  },
  {
    id: 'cors.foreign-origin',
    title: 'A foreign origin is not allowed to read answers',
    phases: ['pre', 'post'],
    lines: ['S34'],
    todo: 'Take the wildcard or the reflected origin out of the service or of the proxy before it.',
    run: async (context) => {
      const wrong = await wrongOf(endpointsOf(context.subject), async (name, url) => {
        const target = `${url}${guarded[name]}`;
        for (const method of ['GET', 'POST']) {
          const answer = await send(context, target, { method, headers: { origin: FOREIGN } });
          const allowed = answer.headers['access-control-allow-origin'];
          if (allowed === '*' || allowed === FOREIGN) return `allows ${allowed} (${method} ${guarded[name]})`;
        }
        return undefined;
      });
      // What a preflight or a refusal allows says nothing yet: the token itself must not be readable.
      const { headers } = await (
        await context.probe()
      ).requestToken(context.subject.identifiers.rs, 'read:resource', FOREIGN);
      if (headers['access-control-allow-origin'] !== undefined) wrong.push('authz lets a foreign page read tokens');
      return unless(wrong, `${FOREIGN} is allowed nowhere`);
    },
  },
];

/** How many requests are taken of whom. */
export const rateLimits: readonly Check[] = [
  {
    id: 'configuration.rate-limits',
    title: 'Rate limiting thresholds are configured: all clients together, and each',
    phases: ['pre', 'monthly'],
    lines: ['A36', 'A37', 'S35'],
    todo: 'Set CRYPTOUTIL_AUTH_SERVICE_GLOBAL_RPS and …_CLIENT_RPS to what the machine takes and a client needs.',
    run: async (context) => {
      const authz = (await context.alive()).filter(({ service }) => service === 'authz');
      if (authz.length === 0) return notApplicable('authz does not run');
      const wrong = authz.flatMap(({ id, environment: env }) => {
        const all = Number(env.CRYPTOUTIL_AUTH_SERVICE_GLOBAL_RPS ?? 100_000);
        const each = Number(env.CRYPTOUTIL_AUTH_SERVICE_CLIENT_RPS ?? 100_000);
        if (!(all > 0) || !(each > 0)) return [`${id} has no limit`];
        return each > all ? [`${id} lets one client do more (${each}/s) than all together (${all}/s)`] : [];
      });
      const env = authz[0]!.environment;
      return unless(
        wrong,
        `all ${env.CRYPTOUTIL_AUTH_SERVICE_GLOBAL_RPS ?? '100000 (default)'}/s, each ${env.CRYPTOUTIL_AUTH_SERVICE_CLIENT_RPS ?? '100000 (default)'}/s`,
      );
    },
  },
  {
    id: 'limits.headers',
    title: 'Rate limiting is in action: answers count down, and the limit is kept',
    phases: ['pre', 'post', 'monthly'],
    lines: ['A38', 'A177', 'A241', 'A263'],
    todo: 'Let requests reach the service itself: something before it answers, or takes the headers away.',
    run: async (context) => {
      const { gateway } = await context.probe();
      const body = JSON.stringify({
        ...{ client_id: gateway.clientId, client_secret: gateway.secret, grant_type: 'client_credentials' },
      });
      const ask = () =>
        send(context, `${context.subject.urls.authService}/auth-server/v1/oauth/token`, { method: 'POST', body });
      const first = await ask();
      const limit = Number(first.headers['ratelimit-limit']);
      if (!(limit > 0)) return failed('no RateLimit-Limit header in the answer of the token route');
      if (limit > TRIED_OUT) {
        const { headers } = await ask();
        return Number(headers['ratelimit-remaining']) < limit
          ? passed(`limit ${limit}, counted down to ${headers['ratelimit-remaining']}`)
          : failed(`RateLimit-Remaining does not count down (${headers['ratelimit-remaining']} of ${limit})`);
      }
      const answers = await Promise.all(Array.from({ length: limit * 2 }, ask));
      const refused = answers.filter(({ status, headers }) => status === 429 && headers['retry-after']).length;
      return refused > 0
        ? passed(`limit ${limit}: ${refused} of ${limit * 2} at once got 429`)
        : failed('no 429 beyond the limit');
    },
  },
];
