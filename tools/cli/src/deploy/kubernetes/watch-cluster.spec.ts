import { beforeEach, describe, expect, it } from '@jest/globals';
import { defaultTriggers } from '../rollback-triggers.js';
import { FakeCluster } from './kubectl.fixture.js';
import { clusterBaseline, watchCluster } from './watch-cluster.js';

describe('a cluster that is watched', () => {
  let cluster: FakeCluster;
  const watched = async () =>
    watchCluster(cluster, {
      ...{ forMs: 500, everyMs: 10, triggers: { ...defaultTriggers, unhealthyMs: 50 } },
      ...{ baseline: await clusterBaseline(cluster), slowness: { windowMs: 0, windows: 1 } },
    });
  beforeEach(() => {
    cluster = new FakeCluster();
    cluster.install('cryptoutil:1');
  });

  it('is well while pods that the autoscaler has added are not ready yet', async () => {
    cluster.wanted = [2, 4];
    expect(await watched()).toBeUndefined();
  });

  it('is given up when a route stays much slower than before', async () => {
    const lines = (ms: number) =>
      `${JSON.stringify({ ...{ msg: 'request', service: 'rs', method: 'GET', route: '/a', time: new Date() }, status: 200, duration_ms: ms })}\n`.repeat(
        60,
      );
    cluster.baseline = lines(10);
    cluster.logs.write(lines(200));
    expect(await watched()).toBe('rs GET /a is slow: its median rose from 10 ms to 200 ms, 1 windows in a row');
  });

  it('is not well when one of the pods that were wanted from the beginning is not ready', async () => {
    cluster.wanted = [3];
    expect(await watched()).toContain('health checks have failed');
  });
});
