import type { LoggerService } from '@nestjs/common';
import type { Logger } from './logger.js';

type Level = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace';

/**
 * Lets Nest write through our logger. Nest passes its context (a class name) as the last text and, for errors, a stack before it;
 * its start-up chatter (`log`) is written at debug so that `info` stays readable.
 */
export function nestLogger(logger: Logger): LoggerService {
  const write = (level: Level, message: unknown, details: unknown[]) => {
    const context = typeof details.at(-1) === 'string' ? (details.at(-1) as string) : undefined;
    const rest = details.slice(0, context === undefined ? undefined : -1).filter((detail) => detail !== undefined);
    const fields: Record<string, unknown> = {};
    if (context !== undefined) fields.context = context;
    if (rest.length > 0) fields.details = rest;
    if (message instanceof Error) logger[level]({ ...fields, err: message }, message.message);
    else if (typeof message === 'string') logger[level](fields, message);
    else logger[level]({ ...fields, message }, 'nest');
  };
  return {
    log: (message: unknown, ...details: unknown[]) => write('debug', message, details),
    error: (message: unknown, ...details: unknown[]) => write('error', message, details),
    warn: (message: unknown, ...details: unknown[]) => write('warn', message, details),
    debug: (message: unknown, ...details: unknown[]) => write('debug', message, details),
    verbose: (message: unknown, ...details: unknown[]) => write('trace', message, details),
    fatal: (message: unknown, ...details: unknown[]) => write('fatal', message, details),
  };
}
