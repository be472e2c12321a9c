import type { IssueToken } from '../routes/issue-token.js';
import { readEnvoyResource } from '../routes/resource.js';
import type { Revoke } from '../routes/revoke.js';
import type { ServiceHealth } from '../routes/service-health.js';
import type { Validate } from '../routes/validate.js';
import type { MetricsPage } from '../metrics/metrics-page.js';
import { text, type Answer } from './answer.js';
import type { FindRoute, Route } from './gateway-api.js';

export const BASE = '/auth-server/v1/oauth';
/** Envoy appends the path it asks about and keeps the method. */
const ENVOY = `${BASE}/ext-authz`;

interface Verbs {
  readonly issue: IssueToken;
  readonly validate: Validate;
  readonly revoke: Revoke;
  readonly health: ServiceHealth;
  readonly page: MetricsPage;
}

/** Every path of the listener. */
export function routes({ issue, validate, revoke, health, page }: Verbs): FindRoute {
  const token: Route = {
    name: 'token',
    handle: (request) => issue.token(request),
    unread: (request) => issue.unread('N', request),
  };
  const ott: Route = {
    name: 'ott',
    handle: (request) => issue.oneTimeToken(request),
    unread: (request) => issue.unread('O', request),
  };
  const byName = new Map<string, Route>([
    [`GET ${BASE}`, { name: 'base', handle: () => ({ status: 301, body: '', headers: ['Location', `${BASE}/`] }) }],
    [`GET ${BASE}/`, { name: 'root', handle: () => text('ok') }],
    [`POST ${BASE}/token`, token],
    [`POST ${BASE}/ott`, ott],
    [`POST ${BASE}/one-time-token`, ott],
    [`POST ${BASE}/validate`, { name: 'validate', handle: (request) => validate.handle(request) }],
    [`POST ${BASE}/revoke`, { name: 'revoke', handle: (request) => revoke.handle(request) }],
    ['GET /health', { name: 'health', unlimited: true, handle: () => health.report() }],
    ['GET /metrics', { name: 'metrics', unlimited: true, handle: () => exposition(page) }],
  ]);
  const extAuthz: Route = {
    name: 'ext-authz',
    handle: (request) => validate.handle(request, readEnvoyResource(request, ENVOY)),
  };
  const table = new Map<string, Map<string, Route>>();
  for (const [name, route] of byName) {
    const [method = '', path = ''] = name.split(' ');
    table.set(method, (table.get(method) ?? new Map<string, Route>()).set(path, route));
  }
  const prefix = `${ENVOY}/`;
  return (method, path) => table.get(method)?.get(path) ?? (path.startsWith(prefix) ? extAuthz : undefined);
}

const exposition = async (page: MetricsPage): Promise<Answer> => ({
  status: 200,
  body: await page.text(),
  contentType: 'text/plain; version=0.0.4; charset=utf-8',
});
