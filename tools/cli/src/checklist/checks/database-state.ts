import { confirm, notApplicable, passed, unless, type Check } from '../check.js';

const SLOW_SECONDS = 5;

/** What the server itself says about how it is. */
export const databaseState: readonly Check[] = [
  {
    id: 'database.connections',
    title: 'The connection pool is healthy: less than 90 % of the connections in use, none stuck in a transaction',
    phases: ['post', 'weekly', 'monthly'],
    lines: ['A171', 'S182', 'S310', 'A267'],
    todo: 'Find out who holds them (pg_stat_activity); lower the pools or raise max_connections.',
    run: async ({ subject }) => {
      const [row] = await subject.query(
        'authz',
        "SELECT count(*)::int AS used, count(*) FILTER (WHERE state LIKE 'idle in transaction%' AND state_change < now() - interval '5 minutes')::int AS stuck, current_setting('max_connections')::int AS most FROM pg_stat_activity",
      );
      const { used, stuck, most } = row as Record<string, number>;
      return unless(
        [
          ...(used! > most! * 0.9 ? [`${used} of ${most} connections are in use`] : []),
          ...(stuck! > 0 ? [`${stuck} sessions have waited in a transaction for 5 minutes`] : []),
        ],
        `${used} of ${most} connections in use, none stuck`,
      );
    },
  },
  {
    id: 'database.consistency',
    title: 'Data is consistent: checksums on and never wrong, no invalid index',
    phases: ['pre', 'rollback', 'weekly'],
    lines: ['A88', 'A225'],
    todo: 'Do not go on. Find out which database (pg_stat_database, pg_amcheck) and restore it.',
    run: async ({ subject }) => {
      const [row] = await subject.query(
        'authz',
        "SELECT current_setting('data_checksums') AS checksums, (SELECT coalesce(sum(checksum_failures), 0)::int FROM pg_stat_database) AS failures, (SELECT count(*)::int FROM pg_index WHERE NOT indisvalid) AS invalid",
      );
      const { checksums, failures, invalid } = row as { checksums: string; failures: number; invalid: number };
      const wrong = [
        ...(failures > 0 ? [`${failures} checksum failures`] : []),
        ...(invalid > 0 ? [`${invalid} invalid indexes`] : []),
      ];
      if (wrong.length === 0 && checksums !== 'on') {
        return subject.target === 'dev'
          ? passed('no invalid index (the demo has no data checksums)')
          : confirm('data checksums are off: say how damaged pages would be found');
      }
      return unless(wrong, 'data checksums on, no failure, no invalid index');
    },
  },
  {
    id: 'database.statement-timeout',
    title: 'A query that takes too long is ended',
    phases: ['pre'],
    lines: ['A86'],
    todo: 'The server must end statements after statement_timeout; look at its settings.',
    run: async ({ subject }) => {
      try {
        await subject.query('authz', "SELECT set_config('statement_timeout', '100ms', true); SELECT pg_sleep(5)");
      } catch (error) {
        const text = `${(error as { code?: string }).code} ${(error as Error).message}`;
        if (/57014|statement timeout/.test(text)) return passed('ended by the server with SQLSTATE 57014');
        throw error;
      }
      return unless(['a statement of 5 s was not ended after 100 ms'], '');
    },
  },
  {
    id: 'database.slow-queries',
    title: 'No query has been running for long',
    phases: ['post', 'monthly'],
    lines: ['A270'],
    todo: 'Look at pg_stat_activity for the statement and what it waits for.',
    run: async ({ subject }) => {
      const [row] = await subject.query(
        'authz',
        `SELECT count(*)::int AS slow FROM pg_stat_activity WHERE state = 'active' AND backend_type = 'client backend' AND pid <> pg_backend_pid() AND query_start < now() - interval '${SLOW_SECONDS} seconds'`,
      );
      return unless(
        Number(row?.slow) > 0 ? [`${Number(row?.slow)} run for more than ${SLOW_SECONDS} s`] : [],
        `none runs for more than ${SLOW_SECONDS} s`,
      );
    },
  },
  {
    id: 'database.recovery',
    title: 'Services get over a lost database connection',
    phases: ['pre'],
    lines: ['A85', 'A87'],
    todo: 'Look at the health of the service and its log; it must connect again by itself.',
    run: ({ subject }) =>
      subject.target === 'dev'
        ? notApplicable('not done to the demo; tools/e2e/src/outages.e2e.spec.ts restarts PostgreSQL under load')
        : confirm('fail over the database (or restart it) in staging with this version, and watch every service heal'),
  },
];
