import { uuid } from '@cryptoutil/crypto';
import { isDatabaseUnavailable } from '@cryptoutil/database';
import { readBytes, subscriberNetwork } from '@cryptoutil/http';
import type { Logger } from '@cryptoutil/telemetry';
import type { RateLimits } from '../limits/rate-limits.js';
import type { GatewayMetrics } from '../metrics/gateway-metrics.js';
import { SpendingOverloaded } from '../spent/spend-tokens.js';
import { badRequest, internalError, invalidJson, notFound, unavailable, type Answer } from './answer.js';
import type { Cors } from './cors.js';
import { hasBody, type GatewayRequest, type IncomingRequest, type OutgoingResponse } from './request.js';
import { rawRefusal, respond } from './respond.js';

export interface Route {
  /** As the metrics name it. */
  readonly name: string;
  /** Left alone by limits, so that a probe still sees an overloaded service. */
  readonly unlimited?: boolean;
  readonly handle: (request: GatewayRequest) => Answer | Promise<Answer>;
  /** Answers when the body is longer or slower than what is read of it; default 400. */
  readonly unread?: (request: Omit<GatewayRequest, 'body'>) => Answer | Promise<Answer>;
}

/** Finds the route of a request; undefined for a path that is not there, or not with this method. */
export type FindRoute = (method: string, path: string) => Route | undefined;

interface GatewayApiOptions {
  readonly find: FindRoute;
  readonly limits: RateLimits;
  readonly metrics: GatewayMetrics;
  readonly cors: Cors;
  readonly logger: Logger;
  readonly maxInFlight: number;
}

/** Bodies have three short fields; this leaves room for whatever else a client sends along. */
const BODY_LIMIT_BYTES = 64 * 1024;
/** In HTTP/1 the listener's `requestTimeout` ends a slow request; of HTTP/2 streams nobody else keeps the time. */
const BODY_WITHIN_MS = 30_000;
/** Of RFC 9110 and RFC 5789. */
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'CONNECT', 'TRACE']);
const noContent: Answer = { status: 204, body: '' };

/** From a request to its answer: limits, route, metrics and log. Nothing that happens in a route reaches the client but its answer. */
export class GatewayApi {
  private inFlight = 0;
  /** Answers tell HTTP/1 clients to open another connection. */
  private draining = false;

  constructor(private readonly options: GatewayApiOptions) {}

  /** From now on each connection is closed after its answer. */
  drain(): void {
    this.draining = true;
  }

  handle(incoming: IncomingRequest, response: OutgoingResponse): void {
    const begun = performance.now();
    const method = incoming.method ?? '';
    const path = withoutQuery(incoming.url ?? '');
    const route = method === 'OPTIONS' ? undefined : this.options.find(method, path);
    this.inFlight += 1;
    const finish = (answer: Answer): void => {
      this.inFlight -= 1;
      this.finish({ incoming, response, method, begun, route: route?.name ?? 'other' }, answer);
    };
    try {
      const address = subscriberNetwork(incoming.socket.remoteAddress ?? '');
      const answer = this.answer({ incoming, method, path, address }, route);
      if (answer instanceof Promise) answer.then(finish, (error: unknown) => finish(this.failed(error)));
      else finish(answer);
    } catch (error) {
      finish(this.failed(error));
    }
  }

  /** The bytes that answer what could not be read as a request: one answer of the contract for whatever was wrong. Counted. */
  unreadable(requestId: string): string {
    const answer = badRequest('Malformed request');
    this.options.metrics.answered('other', 'other', answer.status, 0);
    return rawRefusal(answer, requestId, 'Bad Request');
  }

  private answer(request: Omit<GatewayRequest, 'body'>, route: Route | undefined): Answer | Promise<Answer> {
    if (request.method === 'OPTIONS') return noContent;
    if (!route?.unlimited) {
      if (this.inFlight > this.options.maxInFlight) return unavailable();
      const refused = this.options.limits.refuseAny();
      if (refused instanceof Promise) return refused.then((known) => known ?? this.serve(request, route));
      if (refused) return refused;
    }
    return this.serve(request, route);
  }

  private serve(request: Omit<GatewayRequest, 'body'>, route: Route | undefined): Answer | Promise<Answer> {
    const { headers, httpVersion } = request.incoming;
    if (httpVersion === '1.1' && headers.host === undefined) return { ...badRequest('Malformed request'), close: true };
    if (!route) return notFound();
    if (!hasBody(request.incoming)) return route.handle({ ...request, body: undefined });
    const withinMs = 'stream' in request.incoming ? BODY_WITHIN_MS : undefined;
    return readBytes(request.incoming, { limitBytes: BODY_LIMIT_BYTES, withinMs }).then((body) =>
      body ? route.handle({ ...request, body }) : this.unread(request, route),
    );
  }

  private async unread(request: Omit<GatewayRequest, 'body'>, route: Route): Promise<Answer> {
    return { ...(await (route.unread?.(request) ?? invalidJson())), close: true };
  }

  private failed(error: unknown): Answer {
    if (error instanceof SpendingOverloaded || isDatabaseUnavailable(error)) {
      this.options.logger.warn({ err: error }, 'answered 503: the database is away or overloaded');
      return unavailable();
    }
    this.options.logger.error({ err: error }, 'answered 500');
    return internalError();
  }

  private finish(
    request: { incoming: IncomingRequest; response: OutgoingResponse; method: string; begun: number; route: string },
    answer: Answer,
  ): void {
    const { incoming, response, route } = request;
    const requestId = uuid();
    const { origin } = incoming.headers;
    const isHttp1 = incoming.httpVersionMajor === 1;
    const close = isHttp1 && (this.draining || answer.close === true);
    const headers = this.options.cors.headers(origin, answer.status === 204);
    if (!response.destroyed) respond(response, answer, { requestId, headers, close });
    const seconds = (performance.now() - request.begun) / 1_000;
    // A short list, whatever a stranger sends: HTTP/2 lets any token be a method, and some routes take any.
    const shownMethod = route === 'other' || !METHODS.has(request.method) ? 'other' : request.method;
    this.options.metrics.answered(route, shownMethod, answer.status, seconds);
    const level = answer.status >= 400 && route !== 'other' ? 'info' : 'debug';
    if (!this.options.logger.isLevelEnabled(level)) return;
    this.options.logger[level](
      {
        request_id: requestId,
        route,
        method: shownMethod,
        status: answer.status,
        duration_ms: Math.round(seconds * 10_000) / 10,
        client_id: answer.clientId,
        problem: answer.errorType ?? answer.error?.code,
      },
      'request',
    );
  }
}

function withoutQuery(url: string): string {
  const query = url.indexOf('?');
  return query < 0 ? url : url.slice(0, query);
}
