import { beforeEach, describe, expect, it } from '@jest/globals';
import { FakeCluster } from './kubectl.fixture.js';
import { olderPodsGone } from './older-pods.js';

describe('pods of a template before the present one', () => {
  let cluster: FakeCluster;
  beforeEach(() => {
    cluster = new FakeCluster();
    cluster.install('cryptoutil:1');
    cluster.install('cryptoutil:2');
  });

  it('are waited for until none is left; those that have ended do not count', async () => {
    cluster.lingering = 3;
    expect(await olderPodsGone(cluster, { everyMs: 1 })).toEqual([]);
    expect(cluster.calls).toHaveLength(4);
  });

  it('are named when they are still there at the end of the time', async () => {
    cluster.lingering = Infinity;
    expect(await olderPodsGone(cluster, { seconds: 0 })).toEqual([
      'cryptoutil-kms-1-pod',
      'identity-authz-1-pod',
      'identity-idp-1-pod',
      'identity-rs-1-pod',
    ]);
  });
});
