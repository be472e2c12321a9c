import { appendFileSync, readFileSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { checked, failedOf, type Sabotaged } from './run.fixture.js';

/** What the log of rs may hold. */
export const logSabotages = (given: Sabotaged) =>
  describe('logs', () => {
    const log = (name: string) => join(given.suite.context.home.logs, `${name}.log`);
    const group = ['logs.server-errors', 'logs.crashes', 'logs.sensitive', 'rollback.triggers', 'tls.log-errors'];
    const request = (code: number) =>
      `${JSON.stringify({ level: 'info', time: new Date().toISOString(), msg: 'request', route: '/x', status: code, duration_ms: 1 })}\n`;
    it.each<[string, string[], () => string]>([
      ['a token', ['logs.sensitive'], () => `{"msg":"got eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl"}\n`],
      [
        'a secret that is in use',
        ['logs.sensitive'],
        () => `{"msg":"${readFileSync(given.subject.jwtSecretFile!, 'utf8').trim()}"}\n`,
      ],
      ['server errors', ['logs.server-errors', 'rollback.triggers'], () => request(500).repeat(500)],
      ['a crash', ['logs.crashes'], () => 'FATAL ERROR: Reached heap limit Allocation failed\n'],
    ])('with %s: %j', async (_what, ids, lines) => {
      const { size } = statSync(log('rs'));
      appendFileSync(log('rs'), lines());
      const results = await checked(given.subject, 'post', group);
      truncateSync(log('rs'), size);
      expect(failedOf(results).sort()).toEqual(ids);
    });

    it('with 503 among the services at a start are no errors of clients', async () => {
      const { size } = statSync(log('rs'));
      const line = request(503).replace('"route"', '"peer":"authz","route"');
      appendFileSync(log('rs'), line.repeat(500));
      const results = await checked(given.subject, 'post', ['logs.server-errors', 'rollback.triggers']);
      truncateSync(log('rs'), size);
      expect(failedOf(results)).toEqual([]);
    });

    it('with errors and TLS errors are for a person to explain', async () => {
      const { size } = statSync(log('rs'));
      appendFileSync(log('rs'), '{"level":"error","msg":"peer refused: ERR_TLS_CERT_ALTNAME_INVALID"}\n');
      const results = await checked(given.subject, 'post', ['logs.errors', 'tls.log-errors']);
      truncateSync(log('rs'), size);
      expect(results.map(({ verdict }) => verdict)).toEqual(['confirm', 'confirm']);
      expect(results.map(({ evidence }) => evidence).join()).toContain('1 × rs: peer refused');
    });
  });
