import { serviceNames, services } from '../../services/services.js';
import { confirm, failed, notApplicable, passed, running, unless, type CheckGroup } from '../check.js';
import type { CheckContext } from '../context.js';
import { databaseState } from './database-state.js';

const POOL_LIMIT = 200;
const CONNECT_TIMEOUT_MS = 5_000;

/** The databases: how they are reached, by how many connections, and whether their schemas are current. */
export const database: CheckGroup = {
  title: 'Database',
  atOnce: 4,
  checks: [
    {
      id: 'database.dsn',
      title: 'Connection settings of each service are complete, each to a database of its own',
      phases: ['pre'],
      lines: ['A29', 'S32'],
      todo: 'Set the CRYPTOUTIL_DATABASE_ variables (docs/config); each service has its own database and role.',
      run: async (context) => {
        const processes = await context.alive();
        const wrong = processes.flatMap(({ id, environment: env }) => {
          const missing = ['HOST', 'NAME', 'USER', 'PASSWORD_FILE'].filter(
            (part) => !env[`CRYPTOUTIL_DATABASE_${part}`],
          );
          return missing.length > 0 && !hasDefaults(missing)
            ? [`${id} lacks ${missing.map((part) => `CRYPTOUTIL_DATABASE_${part}`).join(', ')}`]
            : [];
        });
        const names = serviceNames.map((name) => {
          const env = processes.find(({ service }) => service === name)?.environment ?? {};
          const { CRYPTOUTIL_DATABASE_HOST: host = '127.0.0.1', CRYPTOUTIL_DATABASE_PORT: port = '5432' } = env;
          return `postgresql://${host}:${port}/${env.CRYPTOUTIL_DATABASE_NAME ?? services[name].database}`;
        });
        if (new Set(names).size < names.length) wrong.push('two services share a database');
        return unless(wrong, names.join(', '));
      },
    },
    {
      id: 'database.reachable',
      title: 'Each database accepts connections with the credentials of its service',
      phases: [...running, 'deploy', 'weekly'],
      lines: ['A30', 'S26', 'S137', 'S141', 'S264', 'A257', 'A262'],
      todo: 'Is PostgreSQL up (pg_isready), is the network open, is the password file the right one?',
      run: (context) => eachDatabase(context, 'SELECT current_database() AS name', ({ name }) => String(name)),
    },
    {
      id: 'database.read-only',
      title: 'Databases can be read in read-only transactions',
      phases: ['pre', 'rollback'],
      lines: ['A31', 'A226'],
      todo: 'The role of the service must own its database.',
      run: (context) =>
        eachDatabase(
          context,
          "SELECT current_setting('transaction_read_only') AS mode, count(*)::int AS tables FROM information_schema.tables WHERE table_schema NOT IN ('pg_catalog', 'information_schema')",
          ({ mode, tables }) => `${mode === 'on' ? 'read-only' : 'NOT read-only'}, ${Number(tables)} tables`,
        ),
    },
    {
      id: 'database.pool-limit',
      title: 'Connection pools are limited, and fit into the server',
      phases: ['pre', 'post'],
      lines: ['A32'],
      todo: 'Lower CRYPTOUTIL_DATABASE_POOL_SIZE or raise max_connections; all processes together must fit with room to spare.',
      run: poolLimit,
    },
    {
      id: 'database.connect-timeout',
      title: 'Waiting for a connection ends after 5 s at most',
      phases: ['pre', 'post'],
      lines: ['A33'],
      todo: 'Set CRYPTOUTIL_DATABASE_CONNECT_TIMEOUT_MS to 5000 or less.',
      run: async (context) => {
        const processes = await context.alive();
        const timeouts = processes.map(({ id, environment }) => ({
          id,
          ms: Number(environment.CRYPTOUTIL_DATABASE_CONNECT_TIMEOUT_MS ?? CONNECT_TIMEOUT_MS),
        }));
        const wrong = timeouts.filter(({ ms }) => ms > CONNECT_TIMEOUT_MS).map(({ id, ms }) => `${id} waits ${ms} ms`);
        return unless(
          wrong,
          `${Math.max(...timeouts.map(({ ms }) => ms))} ms at most in ${processes.length} processes`,
        );
      },
    },
    {
      id: 'database.migrations',
      title: 'No migration is pending',
      phases: ['deploy', 'post', 'rollback'],
      lines: [],
      timeoutMs: 60_000,
      todo: 'Run "cryptoutil migrate <service>" of this version, or the migrate job of the platform.',
      run: async ({ subject }) => {
        const results = await Promise.all(
          serviceNames.map((name) => subject.cryptoutil(name, ['migrate', name, '--dry-run'])),
        );
        const wrong = results.flatMap(({ code, output }, index) =>
          code === 0
            ? []
            : [`${serviceNames[index]}: ${output.trim().split('\n').at(-1) || `migrate ended with ${code}`}`],
        );
        return unless(wrong, 'all four schemas are up to date');
      },
    },
    ...databaseState,
  ],
};

/** Host, name and user have defaults; the password has none. */
const hasDefaults = (missing: readonly string[]): boolean => !missing.includes('PASSWORD_FILE');

async function eachDatabase(
  { subject }: CheckContext,
  sql: string,
  tell: (row: Readonly<Record<string, unknown>>) => string,
) {
  const found = await Promise.all(
    serviceNames.map(async (name) => {
      try {
        const [row] = await subject.query(name, sql);
        return { name, text: tell(row ?? {}) };
      } catch (error) {
        return { name, wrong: (error as { code?: string }).code ?? (error as Error).message };
      }
    }),
  );
  const wrong = found.flatMap((each) => (each.wrong === undefined ? [] : [`${each.name}: ${each.wrong}`]));
  return unless(wrong, found.map(({ name, text }) => `${name} ${text}`).join(', '));
}

async function poolLimit(context: CheckContext) {
  const processes = await context.alive();
  if (processes.length === 0) return notApplicable('nothing runs');
  const sizes = processes.map(({ id, environment }) => ({
    id,
    size: Number(environment.CRYPTOUTIL_DATABASE_POOL_SIZE ?? 10),
  }));
  const wrong = sizes.filter(({ size }) => size > POOL_LIMIT).map(({ id, size }) => `${id} opens up to ${size}`);
  const [row] = await context.subject.query(
    'authz',
    "SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int AS free",
  );
  const sum = sizes.reduce((total, { size }) => total + size, 0);
  const free = Number(row?.free);
  if (Number.isNaN(free)) return confirm(`${sum} connections at most; say whether the server takes as many`);
  if (sum > free * 0.9) wrong.push(`${sum} connections could be opened, the server takes ${free}`);
  return wrong.length > 0 ? failed(wrong.join('; ')) : passed(`${sum} at most, the server takes ${free}`);
}
