import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { freePort } from '@cryptoutil/database/embedded';
import { ChildService } from '../../processes/child-service.js';
import { serviceEnvironment } from '../../services/service-environment.js';
import type { ServiceName } from '../../services/services.js';
import { collector, issuedBySuite } from './front.fixture.js';
import { at, checked, failedOf, localhost, settingChecks, tlsChecks, type Sabotaged } from './run.fixture.js';

/** Processes that run beside those of the suite, with settings that they must not have. */
export const replicaSabotages = (given: Sabotaged) =>
  describe('replicas', () => {
    /** Does something while one more process of a service runs with these settings. */
    const withReplica = async (
      id: string,
      settings: (port: number) => NodeJS.ProcessEnv,
      work: (url: string) => Promise<void>,
    ) => {
      const { suite, folder } = given;
      const service = id.split('-')[0] as ServiceName;
      const port = await freePort();
      const own = { CRYPTOUTIL_LISTEN_PORT: String(port), ...settings(port) };
      const environment = { ...serviceEnvironment(service, suite.context), ...own };
      const child = await ChildService.start({ name: service, environment, logFile: join(folder, `${id}.log`) });
      suite.context.lock.addChild(id, child.pid);
      try {
        await suite.waitReady(service, child, port);
        await work(`https://localhost:${port}`);
      } finally {
        await child.stop();
        suite.context.lock.removeChild(id);
      }
    };

    it('of another version, at debug level, with secrets in its environment, an inspector, a large pool, a long timeout and a certificate of 20 days: each by its item', async () => {
      const { certificatePem, privateKeyPem } = await issuedBySuite(given.subject, {
        ...{ identity: 'rs', ...localhost, days: 20 },
      });
      const [certFile, keyFile] = ['rs-bad.crt', 'rs-bad.key'].map((name) => join(given.folder, name));
      writeFileSync(certFile!, certificatePem);
      writeFileSync(keyFile!, privateKeyPem);
      const bad = () => ({
        CRYPTOUTIL_TLS_CERT_FILE: certFile,
        CRYPTOUTIL_TLS_KEY_FILE: keyFile,
        CRYPTOUTIL_LOG_LEVEL: 'debug',
        CRYPTOUTIL_COMMIT: 'deadbeefdeadbeef',
        CRYPTOUTIL_DATABASE_POOL_SIZE: '190',
        CRYPTOUTIL_DATABASE_CONNECT_TIMEOUT_MS: '60000',
        DB_PASSWORD: 'correct horse',
        START: 'kms1-abc-1of5-t3-AAAAAAAAAA-00',
        NODE_OPTIONS: '--inspect=127.0.0.1:0',
      });
      await withReplica('rs-bad', bad, async (url) => {
        const ids = [...settingChecks, ...tlsChecks, 'version.replicas', 'version.expected'];
        const results = await checked(at(given.subject, 'rs', url), 'post', ids, { commit: 'abc1234' });
        expect(failedOf(results).sort()).toEqual([
          'configuration.log-level',
          'database.connect-timeout',
          'database.pool-limit',
          'debug.inspector',
          'secrets.environment',
          'tls.expiry',
          'version.expected',
          'version.replicas',
        ]);
        const evidence = Object.fromEntries(results.map(({ id, evidence: text }) => [id, text]));
        expect(evidence['configuration.log-level']).toBe('rs-bad logs at debug');
        expect(evidence['secrets.environment']).toMatch(/^rs-bad has DB_PASSWORD.*START/);
        expect(evidence['database.connect-timeout']).toBe('rs-bad waits 60000 ms');
        expect(evidence['tls.expiry']).toMatch(/^rs ends in (19|20) days; more than 30 are wanted$/);
        expect(evidence['version.replicas']).toContain('rs-bad 0.1.0 (deadbeefdead)');
        expect(JSON.stringify(results)).not.toContain('correct horse');
      });
    }, 60_000);

    it('that lets a foreign page read, over plain HTTP as well, and one client do more than all together: each by its item', async () => {
      const authServicePort = await freePort();
      const open = () => ({
        CRYPTOUTIL_AUTH_SERVICE_LISTEN_PORT: String(authServicePort),
        CRYPTOUTIL_AUTH_SERVICE_CORS_ORIGINS: 'https://foreign.example,http://plain.example',
        CRYPTOUTIL_AUTH_SERVICE_GLOBAL_RPS: '1000',
        CRYPTOUTIL_AUTH_SERVICE_CLIENT_RPS: '2000',
      });
      await withReplica('authz-open', open, async () => {
        const opened = at(given.subject, 'authService', `https://localhost:${authServicePort}`);
        const results = await checked(opened, 'pre', [
          ...settingChecks,
          ...['cors.foreign-origin', 'configuration.rate-limits', 'limits.headers'],
        ]);
        expect(failedOf(results).sort()).toEqual([
          'configuration.cors',
          'configuration.rate-limits',
          'cors.foreign-origin',
        ]);
        const foreign = results.find(({ id }) => id === 'cors.foreign-origin')!;
        expect(foreign.evidence).toMatch(/^auth-service allows https:\/\/foreign\.example/);
      });
    }, 60_000);

    it('that holds 500 MB: resources.memory', async () => {
      const { lock } = given.suite.context;
      const grow =
        "globalThis.held = Buffer.alloc(500_000_000, 1); console.log('grown'); setInterval(() => {}, 60_000)";
      const child = spawn(process.execPath, ['-e', grow], { stdio: ['ignore', 'pipe', 'inherit'] });
      try {
        await once(child.stdout, 'data');
        lock.addChild('rs-fat', child.pid!);
        const [result] = await checked(given.subject, 'post', ['resources.memory']);
        expect(result).toMatchObject({
          verdict: 'failed',
          evidence: expect.stringMatching(/^rs-fat uses [5-9]\d\d MB$/),
        });
      } finally {
        lock.removeChild('rs-fat');
        child.kill('SIGKILL');
        await once(child, 'close');
      }
    }, 30_000);

    it('whose collector has stopped: telemetry.collector', async () => {
      const { url, stop } = await collector();
      const look = () => checked(given.subject, 'post', ['telemetry.collector'], { collectorUrl: url });
      expect(failedOf(await look())).toEqual([]);
      await stop();
      expect(failedOf(await look())).toEqual(['telemetry.collector']);
    });
  });
