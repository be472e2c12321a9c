import { setting } from '@cryptoutil/config';
import { z } from 'zod';
import { logLevels } from './logger.js';

/** The settings of the log: `logLevel` from CRYPTOUTIL_LOG_LEVEL, default `info`. Tracing is set by OpenTelemetry's own OTEL_ variables. */
export const telemetrySettings = () => ({
  logLevel: setting({
    variable: 'CRYPTOUTIL_LOG_LEVEL',
    description: `The quietest level that is written to the log: ${logLevels.join(', ')}`,
    schema: z.enum(logLevels, { error: `it must be one of ${logLevels.join(', ')}` }),
    default: 'info',
  }),
});
