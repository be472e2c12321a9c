import { channel } from 'node:diagnostics_channel';
import { describe, expect, it } from '@jest/globals';
import { ROOT_CONTEXT, context, propagation, trace, type ContextManager } from '@opentelemetry/api';
import { describeSpan } from './tracing.js';
import { propagateThroughUndici } from './undici-propagation.js';

describe('describeSpan', () => {
  const described = (request: object) => {
    const attributes: Record<string, unknown> = {};
    let name: string | undefined;
    const span = {
      setAttribute: (key: string, value: unknown) => void (attributes[key] = value),
      updateName: (text: string) => void (name = text),
    };
    describeSpan(span as never, request);
    return { attributes, name };
  };

  it('names a span by method and route, and drops the query', () => {
    expect(described({ method: 'GET', route: { path: '/keys/:id' } })).toEqual({
      attributes: { 'url.query': '', 'http.route': '/keys/:id', 'url.path': '/keys/:id' },
      name: 'GET /keys/:id',
    });
  });

  it('drops the query of what is no route, too', () => {
    expect(described({ method: 'GET' })).toEqual({ attributes: { 'url.query': '' }, name: undefined });
  });
});

describe('propagateThroughUndici', () => {
  it('adds the trace context to what is sent while a trace is running, and to nothing else (W3C Trace Context)', () => {
    const sent: [string, string][] = [];
    const request = { addHeader: (name: string, value: string) => void sent.push([name, value]) };
    propagateThroughUndici();
    channel('undici:request:create').publish({ request });
    expect(sent).toEqual([]);
    const active = trace.setSpanContext(ROOT_CONTEXT, {
      traceId: '1'.repeat(32),
      spanId: '2'.repeat(16),
      traceFlags: 1,
    });
    context.setGlobalContextManager({ active: () => active } as ContextManager);
    propagation.setGlobalPropagator({
      inject: (current, carrier: Record<string, string>) =>
        void (carrier.traceparent = trace.getSpanContext(current)!.traceId),
      extract: (current) => current,
      fields: () => ['traceparent'],
    });
    channel('undici:request:create').publish({ request });
    expect(sent).toEqual([['traceparent', '1'.repeat(32)]]);
  });
});
