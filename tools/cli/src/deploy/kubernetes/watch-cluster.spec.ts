import { beforeEach, describe, expect, it } from '@jest/globals';
import { defaultTriggers } from '../rollback-triggers.js';
import { FakeCluster } from './kubectl.fixture.js';
import { clusterBaseline, watchCluster } from './watch-cluster.js';

describe('a cluster that is watched', () => {
  let cluster: FakeCluster;
  const watched = async () =>
    watchCluster(cluster, {
      ...{ forMs: 500, everyMs: 10, triggers: { ...defaultTriggers, unhealthyMs: 50 } },
      baseline: await clusterBaseline(cluster),
    });
  beforeEach(() => {
    cluster = new FakeCluster();
    cluster.install('cryptoutil:1');
  });

  it('is well while pods that the autoscaler has added are not ready yet', async () => {
    cluster.wanted = [2, 4];
    expect(await watched()).toBeUndefined();
  });

  it('is not well when one of the pods that were wanted from the beginning is not ready', async () => {
    cluster.wanted = [3];
    expect(await watched()).toContain('health checks have failed');
  });
});
