import { beforeEach, describe, expect, it } from '@jest/globals';
import { silentProgress } from '../../terminal/progress.js';
import { FakeCluster } from './kubectl.fixture.js';
import { kubernetesRollback } from './kubernetes-state.js';
import { Schedules } from './schedules.js';

describe('the CronJobs of the suite', () => {
  let cluster: FakeCluster;
  beforeEach(() => void (cluster = new FakeCluster()));

  it.each([
    ['cryptoutil:1', 'cryptoutil:2', 'cryptoutil:2'],
    ['old.example.com/cryptoutil:1', 'new.example.com:5000/x/cryptoutil:2', 'new.example.com:5000/x/cryptoutil:2'],
    ['r.example.com:5000/suite@sha256:0a', 'r.example.com:5000/suite:2', 'r.example.com:5000/suite:2'],
    ['r.example.com:5000/suite', 'r.example.com:5000/suite:2', 'r.example.com:5000/suite:2'],
    ['old.example.com/suite:1', 'new.example.com/idp:2', 'new.example.com/idp:2'],
    ['r.example.com/cryptoutil-tools:1', 'r.example.com/cryptoutil:2', 'r.example.com/cryptoutil-tools:1'],
    ['postgres:17', 'cryptoutil:2', 'postgres:17'],
  ])('run %s as %s: %s', async (was, next, now) => {
    cluster.schedules['cryptoutil-backup'] = { backup: was };
    await (await Schedules.of(cluster)).use(next, ['old.example.com/suite:1']);
    expect(cluster.schedules['cryptoutil-backup']).toEqual({ backup: now });
  });

  it('change in each container that is ours, also one that prepares, and only where something changes', async () => {
    cluster.schedules['cryptoutil-backup'] = { prepare: 'cryptoutil:1', pause: 'pause:1', backup: 'cryptoutil:1' };
    cluster.schedules.report = { report: 'cryptoutil:2' };
    const before = await Schedules.of(cluster);
    await before.use('cryptoutil:2');
    expect(cluster.calls.filter((call) => call.startsWith('set'))).toEqual([
      'set image cronjob/cryptoutil-backup prepare=cryptoutil:2 backup=cryptoutil:2',
    ]);
    cluster.schedules.later = { later: 'cryptoutil:2' };
    await before.restore();
    expect(cluster.schedules).toEqual({
      'cryptoutil-backup': { prepare: 'cryptoutil:1', pause: 'pause:1', backup: 'cryptoutil:1' },
      ...{ report: { report: 'cryptoutil:2' }, later: { later: 'cryptoutil:2' } },
    });
  });

  it('go back with the Deployments', async () => {
    cluster.install('r.example.com/cryptoutil:1');
    cluster.install('r.example.com/cryptoutil:2');
    cluster.schedules['cryptoutil-backup'] = { backup: 'r.example.com/cryptoutil:2' };
    await kubernetesRollback({ namespace: 'x', healthyWithin: 60 }, silentProgress, cluster);
    expect(cluster.schedules['cryptoutil-backup']).toEqual({ backup: 'r.example.com/cryptoutil:1' });
  });
});
