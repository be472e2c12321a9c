import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Secret } from '@cryptoutil/crypto';
import { createDataSource } from '@cryptoutil/database';
import { temporaryDatabase, type TemporaryDatabase } from '@cryptoutil/testing';
import type { AdapterPayload } from 'oidc-provider';
import type { DataSource } from 'typeorm';
import { migrations } from '../database.js';
import { ArtifactHash } from './artifact-hash.js';
import { ArtifactStore } from './artifact.store.js';
import { ExpirySweeper } from './expiry-sweeper.js';
import { ProtocolAdapter } from './protocol-adapter.js';
import { ProtocolDatabase } from './protocol-database.js';

const hash = new ArtifactHash(Secret.fromText('k'.repeat(32)));
const twenty = Array.from({ length: 20 }, (_, index) => index);

/** Two replicas: two pools on one database. */
interface Replica {
  database: ProtocolDatabase;
  adapter(model: string): ProtocolAdapter;
}

describe('ProtocolAdapter', () => {
  let temporary: TemporaryDatabase;
  let sources: DataSource[];
  let replicas: [Replica, Replica];
  let alarms: string[];

  beforeAll(async () => {
    temporary = await temporaryDatabase({ migrations });
    sources = [0, 1].map(() => createDataSource(temporary.settings, {}));
    await Promise.all(sources.map((source) => source.initialize()));
    replicas = sources.map((source) => {
      const database = new ProtocolDatabase(source);
      const store = new ArtifactStore(database);
      const alarm = ({ model }: { model: string }) => alarms.push(model);
      return { database, adapter: (model: string) => new ProtocolAdapter(model, store, hash, database, alarm) };
    }) as [Replica, Replica];
  });
  afterAll(async () => {
    await Promise.all(sources.map((source) => source.destroy()));
    await temporary.drop();
  });
  beforeEach(async () => {
    alarms = [];
    await temporary.sql('TRUNCATE artifact');
  });

  const store = async (model: string, id: string, payload: AdapterPayload = {}) =>
    replicas[0].adapter(model).upsert(id, { jti: id, kind: model, clientId: 'web', ...payload }, 60);

  /** Redeems as the token endpoint does: claim, then issue a refresh token, all in one request. */
  const redeem = async (
    replica: Replica,
    model: string,
    id: string,
    successor: string,
  ): Promise<'issued' | 'refused'> => {
    let outcome: 'issued' | 'refused' = 'issued';
    await replica.database.inRequest(
      async () => {
        try {
          await replica.adapter(model).consume(id);
          await replica
            .adapter('RefreshToken')
            .upsert(successor, { kind: 'RefreshToken', grantId: 'g', clientId: 'web' }, 60);
        } catch {
          outcome = 'refused';
        }
      },
      () => true,
    );
    return outcome;
  };

  it('stores no identifier, neither as a key nor in the payload', async () => {
    await store('Grant', 'grant-value');
    await store('AccessToken', 'token-value', { grantId: 'grant-value', aud: 'x' });
    await store('Session', 'session-value', { uid: 'session-uid' });
    const rows = await temporary.sql<{ row: string }>('SELECT (to_jsonb(artifact) - $1)::text AS row FROM artifact', [
      'payload',
    ]);
    const payloads = await temporary.sql<{ payload: Record<string, unknown> }>('SELECT payload FROM artifact');
    for (const { row } of rows) expect(row).not.toMatch(/grant-value|token-value|session-value|session-uid/);
    for (const { payload } of payloads) expect(payload).not.toHaveProperty('jti');
    expect(await replicas[1].adapter('AccessToken').find('token-value')).toMatchObject({
      jti: 'token-value',
      aud: 'x',
    });
    expect(await replicas[1].adapter('Session').findByUid('session-uid')).toMatchObject({ uid: 'session-uid' });
  });

  it("never takes one model's identifier for another's", async () => {
    await store('Grant', 'g');
    await store('AuthorizationCode', 'same-value', { grantId: 'g' });
    expect(await replicas[0].adapter('AccessToken').find('same-value')).toBeUndefined();
    expect(await replicas[0].adapter('RefreshToken').find('same-value')).toBeUndefined();
  });

  it('refuses to store a token under a grant that is gone', async () => {
    await store('Grant', 'g');
    await replicas[1].adapter('Grant').destroy('g');
    await expect(store('RefreshToken', 'late', { grantId: 'g' })).rejects.toThrow('invalid_grant');
    expect(await replicas[0].adapter('RefreshToken').find('late')).toBeUndefined();
  });

  it('redeems a code once of 20 in parallel on two replicas and keeps nothing of the winner (RFC 9700 §4.14)', async () => {
    await store('Grant', 'g');
    await store('AuthorizationCode', 'code', { grantId: 'g' });
    const outcomes = await Promise.all(
      twenty.map((index) => redeem(replicas[(index % 2) as 0 | 1], 'AuthorizationCode', 'code', `refresh-${index}`)),
    );
    expect(outcomes.filter((outcome) => outcome === 'issued')).toHaveLength(1);
    expect(alarms).toHaveLength(19);
    expect(await temporary.sql('SELECT model FROM artifact')).toEqual([]);
  });

  it('rotates a refresh token to one successor of 20 in parallel and raises the alarm for the rest', async () => {
    await store('Grant', 'g');
    await store('RefreshToken', 'old', { grantId: 'g' });
    const outcomes = await Promise.all(
      twenty.map((index) => redeem(replicas[(index % 2) as 0 | 1], 'RefreshToken', 'old', hash.successorOf('old'))),
    );
    // The first use and the one retry that a lost answer may need; both lead to the very same successor.
    expect(outcomes.filter((outcome) => outcome === 'issued').length).toBeLessThanOrEqual(2);
    expect(alarms.length).toBeGreaterThanOrEqual(18);
    expect(await temporary.sql('SELECT model FROM artifact')).toEqual([]);
  });

  it('lets a client repeat a refresh once within the retry window, and then never again', async () => {
    await store('Grant', 'g');
    await store('RefreshToken', 'old', { grantId: 'g' });
    const successor = hash.successorOf('old');
    expect(await redeem(replicas[0], 'RefreshToken', 'old', successor)).toBe('issued');
    expect((await replicas[1].adapter('RefreshToken').find('old'))?.consumed).toBeUndefined();
    expect(await redeem(replicas[1], 'RefreshToken', 'old', successor)).toBe('issued');
    expect((await replicas[1].adapter('RefreshToken').find('old'))?.consumed).toBe(true);
    expect(await redeem(replicas[0], 'RefreshToken', 'old', successor)).toBe('refused');
    expect(await replicas[0].adapter('RefreshToken').find(successor)).toBeUndefined();
  });

  it('sees a refresh token as used once the retry window has passed', async () => {
    await store('Grant', 'g');
    await store('RefreshToken', 'old', { grantId: 'g' });
    expect(await redeem(replicas[0], 'RefreshToken', 'old', 'new')).toBe('issued');
    await temporary.sql(
      `UPDATE artifact SET consumed_at = now() - interval '11 seconds' WHERE consumed_at IS NOT NULL`,
    );
    expect((await replicas[1].adapter('RefreshToken').find('old'))?.consumed).toBe(true);
    expect(await redeem(replicas[1], 'RefreshToken', 'old', 'new')).toBe('refused');
  });

  it('never waits in a circle when redemption, rotation and revocation of one grant meet', async () => {
    for (const round of twenty.slice(0, 10)) {
      await store('Grant', 'g');
      await store('RefreshToken', `r${round}`, { grantId: 'g' });
      const revoke = async ({ database, adapter }: Replica) =>
        database.inRequest(
          async () => {
            await adapter('RefreshToken').destroy(`r${round}`);
            await adapter('AccessToken').revokeByGrantId('g');
            await adapter('RefreshToken').revokeByGrantId('g');
            await adapter('Grant').destroy('g');
          },
          () => true,
        );
      await Promise.all([
        redeem(replicas[0], 'RefreshToken', `r${round}`, `n${round}`),
        revoke(replicas[1]),
        redeem(replicas[1], 'RefreshToken', `r${round}`, `n${round}`),
        revoke(replicas[0]),
      ]);
      expect(await temporary.sql('SELECT model FROM artifact')).toEqual([]);
    }
  });

  it('remembers a replay id once of 20 in parallel', async () => {
    const outcomes = await Promise.allSettled(
      twenty.map((index) =>
        replicas[(index % 2) as 0 | 1].adapter('ReplayDetection').upsert('jti', { kind: 'ReplayDetection' }, 60),
      ),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('keeps nothing of a request that is answered with 5xx: the code can be redeemed again', async () => {
    await store('Grant', 'g');
    await store('AuthorizationCode', 'code', { grantId: 'g' });
    const { database, adapter } = replicas[0];
    await database.inRequest(
      () => adapter('AuthorizationCode').consume('code'),
      () => false,
    );
    expect((await adapter('AuthorizationCode').find('code'))?.consumed).toBeUndefined();
    await expect(
      database.inRequest(
        async () => {
          await adapter('AuthorizationCode').consume('code');
          throw new Error('the key service went away');
        },
        () => true,
      ),
    ).rejects.toThrow('the key service went away');
    expect(await redeem(replicas[1], 'AuthorizationCode', 'code', 'refresh')).toBe('issued');
  });

  it('deletes what has expired and nothing else', async () => {
    await store('Grant', 'alive');
    await store('Grant', 'dead');
    const dead = hash.of('Grant', 'dead');
    await temporary.sql(`UPDATE artifact SET expires_at = now() - interval '1 second' WHERE id_hash = $1`, [dead]);
    expect(await replicas[0].adapter('Grant').find('dead')).toBeUndefined();
    const sweeper = new ExpirySweeper(replicas[0].database, undefined as never);
    expect(await sweeper.sweep()).toBe(1);
    expect(await replicas[0].adapter('Grant').find('alive')).toBeDefined();
  });
});
