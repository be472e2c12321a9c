import { trace } from '@opentelemetry/api';
import { pino, type DestinationStream, type Logger as PinoLogger } from 'pino';
import { currentRequestId } from './request-context.js';
import { isCleanJson, redact, redactText } from './redaction.js';
import { standardOutput } from './standard-output.js';

/** A JSON logger; `logger.info({ field }, 'message')`. Child loggers (`logger.child({ … })`) redact too. */
export type Logger = PinoLogger;

/** The log levels, from the quietest to the noisiest. */
export const logLevels = ['silent', 'fatal', 'error', 'warn', 'info', 'debug', 'trace'] as const;
export type LogLevel = (typeof logLevels)[number];

export interface LoggerOptions {
  /** The name of the service, in each line as `service`. */
  service: string;
  /** Default `info`. */
  level?: LogLevel;
  /** Where lines go; default standard output, from which the last line before an exit is never missing. */
  destination?: DestinationStream;
}

/**
 * Makes the logger of a service: one JSON object a line with `level`, ISO `time`, `service`, `msg`, and, while a request is served,
 * `request_id`; `trace_id` and `span_id` when a trace is running. Secrets are redacted at any depth (see `redact`).
 */
export function createLogger(options: LoggerOptions): Logger {
  const logger = pino(
    {
      level: options.level ?? 'info',
      base: { service: options.service },
      timestamp: pino.stdTimeFunctions.isoTime,
      serializers: { err: redact, error: redact },
      formatters: {
        level: (label) => ({ level: label }),
        log: (fields) => redact(fields) as Record<string, unknown>,
      },
      mixin: correlation,
      hooks: {
        logMethod(given, method) {
          const [first] = given as unknown[];
          // pino would repeat the message of a bare error as it is.
          const inputs: unknown[] =
            first instanceof Error && given.length === 1 ? [{ err: first }, first.message] : given;
          const safe = inputs.map((input: unknown, index) => {
            if (typeof input === 'string') return redactText(input);
            // The first object goes through formatters.log; later ones are printed into the message by %o.
            return index === 0 ? input : redact(input);
          });
          method.apply(this, safe as Parameters<typeof method>);
        },
      },
    },
    options.destination ?? standardOutput(),
  );
  return redactChildren(logger);
}

const { streamSym, chindingsSym } = pino.symbols;

/**
 * Writes a line of level `info` whose fields are a JSON object already, as `logger.info(fields, message)` would; for lines that are written thousands
 * of times a second. The names of the fields are the program's own, and none of them is a secret's (`isSecretName`); a text among the values that
 * may hold a secret makes it the ordinary, redacted line.
 */
export function writeInfo(logger: Logger, fields: string, message: string): void {
  if (!logger.isLevelEnabled('info')) return;
  if (!isCleanJson(fields)) return logger.info(JSON.parse(fields), message);
  const inner = logger as unknown as Record<symbol, unknown>;
  const bound = inner[chindingsSym] as string;
  let line = `{"level":"info","time":"${new Date().toISOString()}"${bound},${fields.slice(1, -1)}`;
  for (const [name, value] of Object.entries(correlation())) line += `,"${name}":"${value}"`;
  (inner[streamSym] as DestinationStream).write(`${line},"msg":"${message}"}\n`);
}

/** pino serialises the bindings of a child once, past the formatters; children of children inherit the method. */
function redactChildren(logger: Logger): Logger {
  const makeChild = Reflect.get(logger, 'child') as unknown as (
    this: Logger,
    bindings: object,
    options?: object,
  ) => Logger;
  logger.child = function child(this: Logger, bindings: object, options?: object) {
    return makeChild.call(this, redact(bindings) as object, options);
  } as unknown as Logger['child'];
  return logger;
}

function correlation(): Record<string, string> {
  const fields: Record<string, string> = {};
  const requestId = currentRequestId();
  if (requestId !== undefined) fields.request_id = requestId;
  const span = trace.getActiveSpan()?.spanContext();
  if (span) {
    fields.trace_id = span.traceId;
    fields.span_id = span.spanId;
  }
  return fields;
}
