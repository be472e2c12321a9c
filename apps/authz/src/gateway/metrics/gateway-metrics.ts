import { Counter, Gauge, Histogram, written, type Labels, type Metric } from './exposition.js';
import type { MetricSnapshot } from './snapshot.js';

const P = 'auth_server_';
const TOKENS: Labels[] = [{ token: 'N' }, { token: 'O' }];

/** What is read when the metrics are asked for. */
export interface GaugeSources {
  /** Database connections in use. */
  active(): number;
  /** Open database connections that wait for work. */
  idle(): number;
  secretAgeSeconds(): number;
  feedIsLive(): boolean;
  /** Seconds until the certificate of the service, or the first of the authorities it trusts, ends. */
  certificateSecondsLeft(kind: 'leaf' | 'authority'): number;
}

/** Everything the contract counts, with the prefix `auth_server_`. */
export class GatewayMetrics {
  readonly tokenRequests = new Counter(`${P}token_requests_count`, 'Requests for tokens', TOKENS);
  readonly tokenSuccesses = new Counter(`${P}token_success_count`, 'Tokens issued', TOKENS);
  readonly tokenErrors = new Counter(`${P}token_error_count`, 'Requests for tokens that were refused', []);
  readonly tokenGeneration = new Histogram(`${P}token_generation_duration_seconds`, 'Time to make a token');
  readonly validateRequests = new Counter(`${P}validate_token_requests_count`, 'Questions of gateways');
  readonly validateSuccesses = new Counter(`${P}validate_token_success_count`, 'Questions answered with yes');
  readonly validateErrors = new Counter(`${P}validate_token_error_count`, 'Questions answered with no', []);
  readonly validateLatency = new Histogram(`${P}validate_token_latency_seconds`, 'Time to answer a gateway');
  readonly revokeRequests = new Counter(`${P}revoke_token_requests_count`, 'Requests to revoke a token');
  readonly revokeSuccesses = new Counter(`${P}revoke_token_success_count`, 'Tokens revoked');
  readonly revokeErrors = new Counter(`${P}revoke_token_error_count`, 'Requests to revoke that were refused', []);
  readonly revokeLatency = new Histogram(`${P}revoke_token_latency_seconds`, 'Time to revoke a token durably');
  readonly clientHits = new Counter(`${P}client_cache_hits_total`, 'Clients found in memory');
  readonly endpointHits = new Counter(`${P}endpoint_cache_hits_total`, 'Endpoint tables found in memory');
  readonly requests = new Counter(`${P}http_requests_total`, 'Requests by route, method and status', []);
  readonly duration = new Histogram(`${P}http_request_duration_seconds`, 'Time to answer, by route, method and status');
  private readonly more: Metric[] = [];
  /** Labels by route, method and status. */
  private readonly labels = new Map<string, Map<string, Map<number, string>>>();

  /** Counts an answered request. The parts come from short lists: routes, their methods, and the status codes of the contract. */
  answered(route: string, method: string, status: number, seconds: number): void {
    let methods = this.labels.get(route);
    if (!methods) this.labels.set(route, (methods = new Map<string, Map<number, string>>()));
    let statuses = methods.get(method);
    if (!statuses) methods.set(method, (statuses = new Map<number, string>()));
    let labels = statuses.get(status);
    if (labels === undefined) statuses.set(status, (labels = written({ route, method, status: String(status) })));
    this.requests.add(labels);
    this.duration.observe(seconds, labels);
  }

  /** Adds the values that are read on demand. */
  watch(sources: GaugeSources): void {
    this.show(
      new Gauge(`${P}db_connections_active`, 'Database connections in use', () => sources.active(), 'sum'),
      new Gauge(`${P}db_connections_idle`, 'Database connections that wait for work', () => sources.idle(), 'sum'),
      new Gauge(
        `${P}jwt_secret_age_seconds`,
        'Age of the secret that signs; rotate before 90 days',
        () => sources.secretAgeSeconds(),
        'max',
      ),
      new Gauge(
        `${P}change_feed_live`,
        '1 while changes of other replicas are heard',
        () => Number(sources.feedIsLive()),
        'min',
      ),
      new Gauge(
        `${P}certificate_seconds_left`,
        'Seconds until the certificate of the service ends',
        () => sources.certificateSecondsLeft('leaf'),
        'min',
      ),
      new Gauge(
        `${P}authority_seconds_left`,
        'Seconds until the first of the internal authorities ends',
        () => sources.certificateSecondsLeft('authority'),
        'min',
      ),
    );
  }

  /** Adds further metrics to what is shown. */
  show(...metrics: readonly Metric[]): void {
    this.more.push(...metrics);
  }

  snapshots(): MetricSnapshot[] {
    const own = Object.values(this).flatMap((value: unknown) => (isMetric(value) ? [value] : []));
    return [...own, ...this.more].map((metric) => metric.snapshot());
  }
}

const isMetric = (value: unknown): value is Metric => typeof (value as Metric | undefined)?.snapshot === 'function';
