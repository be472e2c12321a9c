import type { IncomingMessage } from 'node:http';
import type { Span } from '@opentelemetry/api';
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http';
import { PgInstrumentation } from '@opentelemetry/instrumentation-pg';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { register } from 'import-in-the-middle/register-hooks.mjs';
import { propagateThroughUndici } from './undici-propagation.js';
import { onStop } from './stop.js';

/** What the instrumentations wrap. Express is left out: it costs as much again and tells little more than the route. */
const INSTRUMENTED = ['pg', 'pg-pool', 'http', 'https', 'node:http', 'node:https'];

/**
 * Starts traces and metrics of incoming requests and of PostgreSQL statements, exported as the OTEL_ variables say. Call it before
 * anything of the program is loaded. Logs stay on standard output, where they carry the trace id.
 */
export function startTracing(): void {
  process.env.OTEL_LOGS_EXPORTER ??= 'none';
  // Neither the command line nor the user's name belong into a trace.
  process.env.OTEL_NODE_RESOURCE_DETECTORS ??= 'host,serviceinstance,env';
  register({ include: INSTRUMENTED });
  const sdk = new NodeSDK({
    instrumentations: [
      new HttpInstrumentation({
        disableOutgoingRequestInstrumentation: true,
        applyCustomAttributesOnSpan: describeSpan,
      }),
      new PgInstrumentation({ requireParentSpan: true, enhancedDatabaseReporting: false }),
    ],
  });
  sdk.start();
  propagateThroughUndici();
  onStop(() => sdk.shutdown());
}

/** Codes, tokens and challenges travel in queries and path segments: the span keeps the route's pattern and no query. */
export function describeSpan(span: Pick<Span, 'setAttribute' | 'updateName'>, request: unknown): void {
  const { method, route } = request as IncomingMessage & { route?: { path?: unknown } };
  span.setAttribute('url.query', '');
  if (typeof route?.path !== 'string') return;
  span.setAttribute('http.route', route.path);
  span.setAttribute('url.path', route.path);
  span.updateName(`${method ?? 'HTTP'} ${route.path}`);
}
