import { subscribe } from 'node:diagnostics_channel';
import { context, propagation, trace } from '@opentelemetry/api';

interface RequestCreated {
  request: { addHeader(name: string, value: string): void };
}

/** Adds the W3C trace context to every request that undici sends while a trace is running, so that a trace crosses the services. */
export function propagateThroughUndici(): void {
  subscribe('undici:request:create', (message) => {
    if (!trace.getActiveSpan()) return;
    const carrier: Record<string, string> = {};
    propagation.inject(context.active(), carrier);
    const { request } = message as RequestCreated;
    for (const [name, value] of Object.entries(carrier)) request.addHeader(name, value);
  });
}
