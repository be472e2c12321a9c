import { logLevels, type LogLevel } from './logger.js';

const choices = logLevels.join(', ');

/**
 * The settings of the log: `logLevel` from CRYPTOUTIL_LOG_LEVEL, default `info`. Tracing is set by OpenTelemetry's own OTEL_ variables.
 * It has the shape of a `Setting` of @cryptoutil/config, which is a neighbour of this layer and not below it.
 */
export const telemetrySettings = () => ({
  logLevel: {
    variable: 'CRYPTOUTIL_LOG_LEVEL',
    description: `The quietest level that is written to the log: ${choices}`,
    defaultText: 'info',
    required: false,
    read({ text = 'info' }: { text: string | undefined }): { value: LogLevel } | { problem: string } {
      const value = logLevels.find((level) => level === text);
      return value ? { value } : { problem: `CRYPTOUTIL_LOG_LEVEL is not valid: it must be one of ${choices}.` };
    },
  },
});
