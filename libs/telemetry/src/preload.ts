/*
 * For `node --import @cryptoutil/telemetry/preload main.js`: starts OpenTelemetry before the program when OTEL_EXPORTER_OTLP_ENDPOINT is
 * set. When it is not, nothing is loaded and nothing is spent.
 */
if (process.env.OTEL_EXPORTER_OTLP_ENDPOINT) {
  const { startTracing } = await import('./tracing.js');
  startTracing();
}

export {};
