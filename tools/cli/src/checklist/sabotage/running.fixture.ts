import { describe, expect, it } from '@jest/globals';
import { KmsAdmin } from '../../kms-admin/kms-admin.js';
import { unsealWith } from '../../kms-admin/kms-actions.js';
import { readShareFiles } from '../../kms-admin/shares.js';
import { runChecklist } from '../checklist.js';
import { asOwner, checked, connectAsOwner, failedOf, options, type Sabotaged } from './run.fixture.js';

/** What may happen to the processes and databases of a suite that runs. */
export const runningSabotages = (given: Sabotaged) =>
  describe('the running suite', () => {
    it('an audit chain that was changed: audit.chain', async () => {
      expect(failedOf(await checked(given.subject, 'weekly', ['audit.chain']))).toEqual([]);
      const swap = (from: string, to: string) =>
        asOwner(given.suite, 'kms', (client) =>
          client.query(`UPDATE audit_events SET event = replace(event, '${from}', '${to}') WHERE seq = 1`),
        );
      await swap('"who"', '"wh0"');
      const [result] = await checked(given.subject, 'weekly', ['audit.chain']);
      await swap('"wh0"', '"who"');
      expect(result).toMatchObject({ verdict: 'failed', evidence: expect.stringContaining('broken at line 1') });
    });

    it('connections used up: database.connections', async () => {
      const [row] = await given.subject.query(
        'rs',
        "SELECT current_setting('max_connections')::int AS most, (SELECT count(*)::int FROM pg_stat_activity) AS used",
      );
      const { most, used } = row as { most: number; used: number };
      const connect = () => connectAsOwner(given.suite, 'rs');
      const clients = await Promise.all(Array.from({ length: Math.ceil(most * 0.92) - used }, connect));
      try {
        expect(failedOf(await checked(given.subject, 'post', ['database.connections']))).toEqual([
          'database.connections',
        ]);
      } finally {
        await Promise.all(clients.map((client) => client.end()));
      }
    });

    it('an index that is not valid: database.consistency', async () => {
      await asOwner(given.suite, 'authz', async (client) => {
        await client.query('CREATE TABLE twice AS SELECT 1 AS id FROM generate_series(1, 2)');
        await expect(client.query('CREATE UNIQUE INDEX CONCURRENTLY ON twice (id)')).rejects.toThrow(
          'could not create',
        );
      });
      const [result] = await checked(given.subject, 'weekly', ['database.consistency']);
      await asOwner(given.suite, 'authz', (client) => client.query('DROP TABLE twice'));
      expect(result).toMatchObject({ verdict: 'failed', evidence: '1 invalid indexes' });
    });

    it('a database whose clock is 2 minutes behind: clock.database', async () => {
      const late = "SELECT pg_catalog.clock_timestamp() - interval '2 minutes'";
      await asOwner(given.suite, 'authz', (client) =>
        client.query(`CREATE SCHEMA late; GRANT USAGE ON SCHEMA late TO current_user;
          CREATE FUNCTION late.clock_timestamp() RETURNS timestamptz LANGUAGE sql AS $$ ${late} $$;
          ALTER ROLE current_user SET search_path = late, pg_catalog, public`),
      );
      const results = await checked(given.subject, 'post', ['clock.database', 'clock.services', 'database.reachable']);
      await asOwner(given.suite, 'authz', (client) =>
        client.query('ALTER ROLE current_user RESET search_path; DROP SCHEMA late CASCADE'),
      );
      expect(failedOf(results)).toEqual(['clock.database']);
      expect(results.find(({ id }) => id === 'clock.database')!.evidence).toMatch(
        /^the database is 1[12]\d s behind of this host$/,
      );
    });

    it('a migration that is pending: database.migrations', async () => {
      const [row] = await asOwner(
        given.suite,
        'rs',
        async (client) =>
          (
            await client.query<{ timestamp: string; name: string }>(
              'DELETE FROM migrations WHERE id = (SELECT max(id) FROM migrations) RETURNING timestamp, name',
            )
          ).rows,
      );
      const [result] = await checked(given.subject, 'post', ['database.migrations']);
      await asOwner(given.suite, 'rs', (client) =>
        client.query('INSERT INTO migrations (timestamp, name) VALUES ($1, $2)', [row!.timestamp, row!.name]),
      );
      expect(result).toMatchObject({ verdict: 'failed', evidence: expect.stringMatching(/^rs: rs: pending/) });
    }, 60_000);

    it('a sealed key service: kms.unsealed, and a record that says why it is not signed', async () => {
      const kms = new KmsAdmin(given.subject.urls.kms, given.suite.context.operator);
      await kms.seal();
      const { code, results, signed } = await runChecklist(
        given.subject,
        options({ only: ['kms.unsealed', 'services.live', 'kms.round-trip'] }),
        () => undefined,
      );
      await unsealWith(kms, readShareFiles(given.subject.shareFiles));
      await given.suite.waitReady('authz');
      expect([code, failedOf(results)]).toEqual([1, ['kms.unsealed', 'kms.round-trip']]);
      expect(signed).toMatchObject({ signature: null, unsigned_because: expect.stringContaining('sealed') });
    }, 60_000);

    it('a service that is down: processes.healthy and services.health name it', async () => {
      await given.suite.kill('idp');
      const results = await checked(given.subject, 'post', ['processes.healthy', 'services.health', 'services.live']);
      expect(failedOf(results).sort()).toEqual(['processes.healthy', 'services.health']);
      expect(results.find(({ id }) => id === 'processes.healthy')!.evidence).toBe('idp is ended');
      expect(results.find(({ id }) => id === 'services.health')!.evidence).toMatch(/^idp does not answer/);
      await given.suite.restart('idp');
    }, 60_000);

    it('a database that is down: database.reachable names it, and nothing crashes', async () => {
      await given.suite.stopDatabase();
      const results = await checked(given.subject, 'post', [
        'database.reachable',
        'database.connections',
        'clock.services',
        'flow.code',
      ]);
      await given.suite.startDatabase();
      expect(failedOf(results).sort()).toEqual(['database.connections', 'database.reachable', 'flow.code']);
      expect(results.find(({ id }) => id === 'database.reachable')!.evidence).toContain('authz: ECONNREFUSED');
    }, 60_000);
  });
