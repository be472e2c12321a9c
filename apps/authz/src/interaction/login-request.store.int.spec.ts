import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Secret } from '@cryptoutil/crypto';
import { createDataSource } from '@cryptoutil/database';
import { temporaryDatabase, type TemporaryDatabase } from '@cryptoutil/testing';
import type { DataSource } from 'typeorm';
import { migrations } from '../database.js';
import { ProtocolDatabase } from '../storage/protocol-database.js';
import type { Answer } from './answer.js';
import { HandOverHash } from './hand-over-hash.js';
import { InteractionAdapter } from './interaction-adapter.js';
import { LoginRequestStore } from './login-request.store.js';

const hash = new HandOverHash(Secret.fromText('k'.repeat(32)));
const uidHash = hash.uid('uid');
const challengeHash = hash.challenge(hash.challengeFor('uid'));
const verifierHash = hash.verifier('login', uidHash, 'verifier');
const denied: Answer = { result: { error: 'access_denied' } };
const twenty = Array.from({ length: 20 }, (_, index) => index);

describe('LoginRequestStore', () => {
  let temporary: TemporaryDatabase;
  let sources: DataSource[];
  let databases: ProtocolDatabase[];
  let stores: [LoginRequestStore, LoginRequestStore];

  beforeAll(async () => {
    temporary = await temporaryDatabase({ migrations });
    sources = [0, 1].map(() => createDataSource(temporary.settings, {}));
    await Promise.all(sources.map((source) => source.initialize()));
    databases = sources.map((source) => new ProtocolDatabase(source));
    stores = databases.map((database) => new LoginRequestStore(database)) as typeof stores;
  });
  afterAll(async () => {
    await Promise.all(sources.map((source) => source.destroy()));
    await temporary.drop();
  });
  beforeEach(async () => {
    await temporary.sql('TRUNCATE login_request');
    const session = { accountId: 'alice', uid: 'session-uid', cookie: 'cookie-value' };
    await new InteractionAdapter(stores[0], hash).upsert('uid', { params: { client_id: 'web' }, session }, 600);
  });

  it('stores neither the uid, the challenge, the verifier nor the session cookie', async () => {
    await stores[0].answer(challengeHash, denied, verifierHash, 60);
    const [row] = await temporary.sql('SELECT * FROM login_request');
    const text = JSON.stringify(row);
    expect(text).not.toContain('cookie-value');
    expect(text).not.toContain(hash.challengeFor('uid'));
    expect(await new InteractionAdapter(stores[1], hash).find('uid')).toMatchObject({
      jti: 'uid',
      session: { uid: 'session-uid' },
    });
  });

  it('lets one of 20 parallel claims of a verifier succeed, on two replicas', async () => {
    await stores[0].answer(challengeHash, denied, verifierHash, 60);
    const claims = await Promise.all(twenty.map((index) => stores[(index % 2) as 0 | 1].claim(uidHash, verifierHash)));
    expect(claims.filter(Boolean)).toHaveLength(1);
    expect(claims.find(Boolean)).toEqual(denied);
  });

  it('takes one answer of 20 in parallel, and gives the challenge away no more', async () => {
    const answers = await Promise.all(
      twenty.map((index) => stores[(index % 2) as 0 | 1].answer(challengeHash, denied, `verifier-${index}`, 60)),
    );
    expect(answers.filter(Boolean)).toHaveLength(1);
    expect(await stores[1].findByChallenge(challengeHash)).toBeUndefined();
    expect(await stores[1].remember(challengeHash, denied)).toBe(false);
  });

  it('refuses a verifier of another purpose, another request, or past its time', async () => {
    await stores[0].answer(challengeHash, denied, verifierHash, 60);
    expect(await stores[0].claim(uidHash, hash.verifier('logout', uidHash, 'verifier'))).toBeUndefined();
    expect(await stores[0].claim(hash.uid('other'), verifierHash)).toBeUndefined();
    expect(await stores[0].claim(uidHash, hash.verifier('login', hash.uid('other'), 'verifier'))).toBeUndefined();
    await temporary.sql(`UPDATE login_request SET verifier_expires_at = now()`);
    expect(await stores[0].claim(uidHash, verifierHash)).toBeUndefined();
    expect(await stores[0].isClaimed(uidHash)).toBe(false);
  });

  it('keeps the answer apart from the interaction until its verifier is claimed', async () => {
    await stores[0].answer(challengeHash, denied, verifierHash, 60);
    expect((await stores[1].find(uidHash))?.result).toBeUndefined();
    await databases[0]!.inRequest(
      async () => {
        await stores[0].claim(uidHash, verifierHash);
        expect((await stores[0].find(uidHash))?.result).toEqual(denied.result);
        await stores[0].remove(uidHash);
        expect(await stores[0].find(uidHash)).toBeUndefined();
      },
      () => true,
    );
    expect(await stores[1].find(uidHash)).toBeUndefined();
  });

  it('keeps a claimed request for the return after somebody else than the current account signed in', async () => {
    const login = { accountId: 'bob', amr: ['pwd'], acr: 'a', ts: 1, remember: true, idpSession: 's' };
    await stores[0].answer(challengeHash, { result: { login } }, verifierHash, 60);
    expect(await stores[0].claim(uidHash, verifierHash, 'alice')).toBeDefined();
    expect(await stores[1].isClaimed(uidHash)).toBe(true);
    expect((await stores[1].find(uidHash))?.result?.login).toEqual(login);
    expect(await stores[1].claim(uidHash, verifierHash, 'alice')).toBeUndefined();
  });
});
