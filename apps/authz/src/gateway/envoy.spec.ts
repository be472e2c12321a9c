import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { routes } from './server/routes.js';

const documented = readFileSync(new URL('../../../../docs/auth-service/envoy.yaml', import.meta.url), 'utf8');
const nothing = { issue: {}, validate: {}, revoke: {}, health: {}, page: {} } as unknown as Parameters<
  typeof routes
>[0];

/** No distribution ships Envoy, so its configuration is held against the Auth Service field by field. */
describe('the Envoy example of docs/auth-service', () => {
  const { listeners, clusters } = parse(documented).static_resources;
  const manager = listeners[0].filter_chains[0].filters[0].typed_config;
  const [filter, last] = manager.http_filters;

  it('refuses when there is no answer, and hands on nothing of the caller but the scheme that Envoy found', () => {
    expect(filter.typed_config).toMatchObject({
      failure_mode_allow: false,
      status_on_error: { code: 'ServiceUnavailable' },
      allowed_headers: { patterns: [{ exact: 'x-forwarded-proto' }] },
    });
    expect(manager.use_remote_address).toBe(true);
    expect(last.name).toBe('envoy.filters.http.router');
  });

  it('asks a cluster that is there, over TLS with a name that the certificate has', () => {
    const { cluster } = filter.typed_config.http_service.server_uri;
    const found = clusters.find(({ name }: { name: string }) => name === cluster);
    const { sni, common_tls_context: tls } = found.transport_socket.typed_config;
    expect(tls.validation_context).toMatchObject({
      trusted_ca: { filename: 'ca.crt' },
      match_typed_subject_alt_names: [{ san_type: 'DNS', matcher: { exact: sni } }],
    });
  });

  it.each(['GET', 'DELETE'])('has a path prefix that is answered, for %s', (method) => {
    const { path_prefix: prefix } = filter.typed_config.http_service;
    expect(routes(nothing)(method, `${prefix}/v1/users`)?.name).toBe('ext-authz');
  });
});
