export { createLogger, logLevels, writeInfo, type Logger, type LoggerOptions, type LogLevel } from './logger.js';
export { meter } from './meter.js';
export { nestLogger } from './nest-logger.js';
export { isSecretName, redact, redactText } from './redaction.js';
export { telemetrySettings } from './settings.js';
export { currentRequestId, runWithRequest, type RequestContext } from './request-context.js';
export { stopTelemetry } from './stop.js';
