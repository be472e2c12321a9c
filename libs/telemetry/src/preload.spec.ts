import { afterAll, beforeEach, describe, expect, it, jest } from '@jest/globals';

const startTracing = jest.fn();
jest.unstable_mockModule('./tracing.js', () => ({ startTracing }));

describe('preload', () => {
  const before = process.env.OTEL_EXPORTER_OTLP_ENDPOINT;
  beforeEach(() => {
    jest.resetModules();
    startTracing.mockClear();
  });
  afterAll(() => {
    if (before === undefined) delete process.env.OTEL_EXPORTER_OTLP_ENDPOINT;
    else process.env.OTEL_EXPORTER_OTLP_ENDPOINT = before;
  });

  it.each([
    ['http://127.0.0.1:4318', 1],
    ['', 0],
  ])('with the endpoint %j starts tracing %d times', async (endpoint, times) => {
    process.env.OTEL_EXPORTER_OTLP_ENDPOINT = endpoint;
    await import('./preload.js');
    expect(startTracing).toHaveBeenCalledTimes(times);
  });
});
