import { createServer, type AddressInfo } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import type { Phase } from '../check.js';
import type { Subject } from '../subject/subject.js';
import { at, checked, failedOf, settingChecks, withEnvironment, withProcesses, type Sabotaged } from './run.fixture.js';

/** What the platform may tell of processes, where this host cannot be made to be so: the checks are given it. */
export const settingSabotages = (given: Sabotaged) =>
  describe('settings and processes, as the platform tells of them', () => {
    it.each<[string, string, (subject: Subject) => Subject]>([
      [
        'a pool of more than 200',
        'database.pool-limit',
        (one) => withEnvironment(one, { CRYPTOUTIL_DATABASE_POOL_SIZE: '201' }),
      ],
      ['logs without a limit', 'configuration.log-rotation', (one) => withProcesses(one, { logBound: undefined })],
      ['a process that does not get ready', 'processes.healthy', (one) => withProcesses(one, { state: 'starting' })],
    ])('%s: %s', async (_sabotage, id, sabotage) => {
      expect(failedOf(await checked(sabotage(given.subject), 'post', settingChecks))).toEqual([id]);
    });

    it.each<[string, string, Phase, (subject: Subject) => Subject]>([
      [
        'two services in one database',
        'database.dsn',
        'pre',
        (one) => withEnvironment(one, { CRYPTOUTIL_DATABASE_NAME: 'cryptoutil_kms' }),
      ],
      ['10 s for requests in flight', 'deploy.graceful-stop', 'pre', (one) => withProcesses(one, { graceSeconds: 10 })],
      [
        'CPU at 95 %',
        'resources.cpu',
        'post',
        (one) => ({ ...one, usage: () => Promise.resolve([{ id: 'rs', cpu: 0.95, memoryBytes: 1 }]) }),
      ],
    ])('%s: %s', async (_sabotage, id, phase, sabotage) => {
      expect(failedOf(await checked(sabotage(given.subject), phase, [id]))).toEqual([id]);
    });

    it('a port that another program has taken: ports.available', async () => {
      const server = createServer((socket) => socket.destroy());
      await new Promise<void>((settle) => server.listen(0, '127.0.0.1', settle));
      const taken = at(given.subject, 'idp', `https://localhost:${(server.address() as AddressInfo).port}`);
      const [result] = await checked(taken, 'pre', ['ports.available']);
      server.close();
      expect(result).toMatchObject({
        verdict: 'failed',
        evidence: expect.stringMatching(/of idp is taken by another program$/),
      });
    });
  });
