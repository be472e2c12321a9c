import { CannotExecuteNotConnectedError, QueryRunnerAlreadyReleasedError, type DataSource } from 'typeorm';

const networkCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'ETIMEDOUT',
  'EPIPE',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENETDOWN',
  'ENOTFOUND',
  'EAI_AGAIN',
]);

/**
 * SQLSTATE (PostgreSQL, appendix A): admin_shutdown, crash_shutdown, cannot_connect_now, database_dropped, idle_session_timeout,
 * too_many_connections; read_only_sql_transaction, from a standby that is not promoted yet; undefined_table and invalid_schema_name, from
 * a server that is not restored or migrated yet.
 */
const sqlStates = new Set(['57P01', '57P02', '57P03', '57P04', '57P05', '53300', '25006', '42P01', '3F000']);

const messages = [
  'Connection terminated',
  'Client has encountered a connection error',
  'timeout exceeded when trying to connect',
  'timeout expired',
  'Query read timeout',
  'Cannot use a pool after calling end on the pool',
  'Driver not Connected',
  'Client was closed and is not queryable',
];

const MAX_DEPTH = 5;

/**
 * Whether an error means that the database cannot be reached or used right now, as opposed to a wrong statement. Looks through
 * TypeORM's QueryFailedError, causes and AggregateErrors. True errors are answered with 503, never as "not found".
 */
export function isDatabaseUnavailable(error: unknown): boolean {
  return unavailable(error, 0);
}

function unavailable(error: unknown, depth: number): boolean {
  if (!(error instanceof Error) && !isErrorLike(error)) return false;
  if (depth > MAX_DEPTH) return false;
  // TypeORM takes the connection away from a transaction when it breaks; the next statement of the transaction then says "released".
  if (error instanceof CannotExecuteNotConnectedError || error instanceof QueryRunnerAlreadyReleasedError) return true;
  const { code, message, driverError, cause, errors } = error as DriverError;
  if (typeof code === 'string' && (networkCodes.has(code) || sqlStates.has(code) || /^08[0-9A-Z]{3}$/.test(code)))
    return true;
  if (typeof message === 'string' && messages.some((text) => message.includes(text))) return true;
  if (Array.isArray(errors) && errors.some((inner) => unavailable(inner, depth + 1))) return true;
  return unavailable(driverError, depth + 1) || unavailable(cause, depth + 1);
}

interface DriverError {
  code?: unknown;
  message?: unknown;
  driverError?: unknown;
  cause?: unknown;
  errors?: unknown;
}

/** Errors cross realms in tests and come wrapped by drivers, so the class alone does not tell. */
function isErrorLike(value: unknown): value is DriverError {
  return typeof value === 'object' && value !== null && 'message' in value && 'stack' in value;
}

/** Whether the database answers `SELECT 1` within `timeoutMs` (default 1000). Never throws. */
export async function databaseReady(dataSource: DataSource, timeoutMs = 1000): Promise<boolean> {
  if (!dataSource.isInitialized) return false;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), timeoutMs);
    timer.unref();
  });
  const answer = dataSource.query('SELECT 1').then(
    () => true,
    () => false,
  );
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}
