import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { randomToken } from '@cryptoutil/crypto';
import { audience, collection, runningRs, type RunningRs } from '../fixtures/running-rs.js';

const scope = 'read:resource';
const BURST = 10;
const ATTEMPTS = 150;

describe('a network that makes tokens up', () => {
  let rs: RunningRs;
  beforeAll(async () => {
    // What comes back in the time of the test is little.
    const env = { CRYPTOUTIL_AUTH_FAILURE_RPS: '1', CRYPTOUTIL_AUTH_FAILURE_BURST: String(BURST) };
    rs = await runningRs({ env });
  });
  afterAll(() => rs.close());

  const list = (token: string) => rs.call('GET', collection, { token });

  test('cannot have the authorization server asked about each, while its neighbours are served', async () => {
    const opaque = rs.authz.token({ scope });
    const jwt = await rs.authz.jwt(audience, { scope });
    expect((await list(opaque)).status).toBe(200);
    const made = await Promise.all(Array.from({ length: ATTEMPTS }, () => list(randomToken())));
    const statuses = new Set(made.map(({ status }) => status));
    expect([...statuses].sort()).toEqual([401, 429]);
    expect(rs.authz.count('/introspect')).toBeLessThan(ATTEMPTS / 2);
    const refused = made.find(({ status }) => status === 429)!;
    expect([refused.body.code, Number(refused.headers['retry-after']) > 0]).toEqual(['too_many_requests', true]);
    expect((await list(jwt)).status).toBe(200);
    expect((await list(opaque)).status).toBe(200);
  });
});
