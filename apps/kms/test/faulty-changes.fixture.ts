import { expect } from '@jest/globals';
import { randomBytes } from '@cryptoutil/crypto';
import { wrapForImport } from './import.fixture.js';
import { type Answer, type KmsSuite, type Replica, adminScopes, api, bytes } from './kms-suite.fixture.js';

/** A kms whose statements can be made to fail. */
export interface FaultyKms {
  call: Replica['call'];
  /** Runs a job now that otherwise runs once a minute; status 503 when it failed. */
  job(name: 'destroy' | 'rewrap'): Promise<{ status: number }>;
}

/** One change of state: what leads to it, the change, and what can be seen of it past the kms that is made to fail. */
export interface FaultyChange {
  prepare?(): Promise<void>;
  act(): Promise<{ status: number }>;
  /** Rows of the change, as the database has them. */
  state(): Promise<unknown>;
  /** Proves that the state is a whole one, old or new. */
  whole(): Promise<void>;
}

/** Every change of state of the kms, on one database, with a second replica to look at it. */
export async function faultyChanges(suite: KmsSuite, kms: FaultyKms, observer: Replica) {
  const token = await suite.issuer.token(adminScopes, { exp: Math.floor(Date.now() / 1000) + 86_400 });
  const sets = new Map<string, string[]>();
  const ledger: { id: string; jwe: string }[] = [];
  let made = 0;

  const ops = (path: string, body: object = {}, to: Pick<Replica, 'call'> = kms): Promise<Answer> =>
    to.call('POST', `/admin/v1/${path}`, { identity: 'ops', body });
  const sealStatus = async (of: Pick<Replica, 'call'>) => (await of.call('GET', '/admin/v1/seal-status')).body;
  const row = async (text: string) => (await suite.database.sql(text))[0];
  const shares = async () => {
    const set = String((await row('SELECT share_set FROM barrier'))?.['share_set']);
    return sets.get(set) ?? [];
  };
  const keep = (some: string[]) => sets.set(some[0]!.split('-')[1]!, some);

  const unseal = async (replica: Pick<Replica, 'call'>, reseal = false) => {
    if (reseal) await ops('seal', undefined, replica);
    if (!(await sealStatus(replica)).sealed) return;
    for (const share of await shares()) {
      const { body } = await replica.call('POST', '/admin/v1/unseal', { body: { share } });
      if (body.sealed === false) return;
    }
    throw new Error('the shares of the set in use do not unseal');
  };
  const everythingOpens = async () => {
    for (const { id, jwe } of ledger) {
      const { status, body } = await observer.call('POST', `${api}/${id}/decrypt`, { token, body: { jwe } });
      expect({ status, plaintext: body.plaintext }).toEqual({ status: 200, plaintext: bytes('kept') });
    }
  };
  const opensAnew = async () => {
    await unseal(observer, true);
    await everythingOpens();
  };
  const create = async (by: Pick<Replica, 'call'>) =>
    by.call('POST', api, { token, body: { name: `key ${(made += 1)}`, algorithm: 'A256KW+A256GCM' } });

  const counts = `SELECT (SELECT count(*) FROM share_sets)::int AS sets, (SELECT count(*) FROM share_commitments)::int AS commitments,
    (SELECT count(*) FROM barrier)::int AS barriers, (SELECT count(*) FROM barrier_keys)::int AS keys`;
  const barrier = `SELECT b.epoch, b.share_set, (SELECT json_agg(k ORDER BY k.kind, k.epoch) FROM barrier_keys k) AS keys,
    (SELECT count(*) FROM share_sets WHERE retired_at IS NULL)::int AS sets FROM barrier b`;
  const keys = `SELECT (SELECT count(*) FROM elastic_keys)::int AS elastic, (SELECT sum(current_version) FROM elastic_keys)::int AS versions,
    (SELECT count(*) FROM material_keys)::int AS material, (SELECT count(*) FROM elastic_keys WHERE status = 'destroyed')::int AS destroyed`;

  const round = async (path: string, given: number, body: object = {}) => {
    await unseal(kms, true);
    const { nonce } = (await ops(path, body)).body;
    const some = (await shares()).slice(0, given);
    let step: Answer['body'];
    for (const share of some) step = (await ops('rekey/update', { share, nonce })).body;
    return { nonce, step, last: (await shares())[given]! };
  };
  let wrapped: object = {};
  let next: { path: string; share: string; nonce: string };
  const turn = { act: () => ops(next.path, { share: next.share, nonce: next.nonce }), state: () => row(barrier) };

  // Each of the keys that unsealing makes is made alike; the long run goes through all of them.
  const unmade = process.env['KMS_FAULTS'] === 'all' ? `tenant <> 'default'` : `tenant = 'rs'`;

  const changes = {
    init: {
      prepare: async () => {
        await suite.database.sql('TRUNCATE barrier_keys, barrier, share_commitments, share_sets');
      },
      act: async () => {
        const answer = await ops('init', { shares: 3, threshold: 2 });
        if (answer.status === 201) keep(answer.body.shares);
        return answer;
      },
      state: () => row(counts),
      whole: async () => {
        const { barriers } = (await row(counts)) as { barriers: number };
        const whole = { sets: 1, commitments: 3, barriers: 1, keys: 2 };
        expect(await row(counts)).toEqual(barriers ? whole : { sets: 0, commitments: 0, barriers: 0, keys: 0 });
      },
    },
    unseal: {
      prepare: async () => {
        await ops('seal');
        await suite.database.sql(`DELETE FROM material_keys WHERE ${unmade}`);
        await suite.database.sql(`DELETE FROM elastic_keys WHERE ${unmade}`);
        await kms.call('POST', '/admin/v1/unseal', { body: { share: (await shares())[0] } });
      },
      act: async () => kms.call('POST', '/admin/v1/unseal', { body: { share: (await shares())[1] } }),
      state: () => row(keys),
      whole: async () => {
        await unseal(kms);
        expect(await row(`SELECT count(*)::int AS n FROM elastic_keys WHERE tenant <> 'default'`)).not.toEqual({
          n: 0,
        });
      },
    },
    create: { act: () => create(kms), state: () => row(keys), whole: everythingOpens },
    rotate: {
      act: () => kms.call('POST', `${api}/${ledger[0]!.id}/rotate`, { token }),
      state: () => row(keys),
      whole: everythingOpens,
    },
    import: {
      // Each attempt uses its wrapping key up, whatever becomes of it.
      prepare: async () => {
        wrapped = await wrapForImport(observer, token, randomBytes(32));
      },
      act: () => kms.call('POST', `${api}/${ledger[0]!.id}/import`, { token, body: wrapped }),
      state: () => row(keys),
      whole: everythingOpens,
    },
    destroy: {
      prepare: async () => {
        if ((await row(`SELECT count(*)::int AS n FROM elastic_keys WHERE status = 'pending_deletion'`))?.['n']) return;
        const { body } = await create(observer);
        await observer.call('POST', `${api}/${body.id}/rotate`, { token });
        await observer.call('DELETE', `${api}/${body.id}?days=7`, { token });
      },
      act: () => kms.job('destroy'),
      state: () => row(keys),
      whole: async () => {
        // A key is destroyed with all of its versions, or not at all.
        const half = `SELECT count(*)::int AS n FROM elastic_keys e JOIN material_keys m ON m.elastic_key_id = e.id
          WHERE (e.status = 'destroyed') <> (m.status = 'destroyed') OR (m.status = 'destroyed') <> (m.sealed_material = '')`;
        expect(await row(half)).toEqual({ n: 0 });
        await everythingOpens();
      },
    },
    'rotate content': {
      act: async () => {
        const answer = await ops('barrier/rotate/content');
        return answer.status === 200 ? kms.job('rewrap').then(() => answer) : answer;
      },
      state: () => row(barrier),
      whole: everythingOpens,
    },
    'rotate intermediate': {
      ...turn,
      prepare: async () => {
        const { nonce, last } = await round('barrier/rotate/intermediate', 1);
        next = { path: 'rekey/update', share: last, nonce };
      },
      whole: opensAnew,
    },
    rekey: {
      ...turn,
      prepare: async () => {
        const { nonce, last } = await round('rekey/init', 1, { shares: 2, threshold: 2 });
        const { new_shares: fresh, nonce: verify } = (await ops('rekey/update', { share: last, nonce })).body;
        keep(fresh);
        await ops('rekey/verify', { share: fresh[0], nonce: verify });
        next = { path: 'rekey/verify', share: fresh[1], nonce: verify };
      },
      whole: opensAnew,
    },
    'rotate root': {
      ...turn,
      prepare: async () => {
        const { nonce, last } = await round('barrier/rotate/root', 1);
        const { new_shares: fresh, nonce: verify } = (await ops('rekey/update', { share: last, nonce })).body;
        keep(fresh);
        for (const share of fresh.slice(1)) await ops('rekey/verify', { share, nonce: verify });
        next = { path: 'rekey/verify', share: fresh[0], nonce: verify };
      },
      whole: opensAnew,
    },
  } satisfies Record<string, FaultyChange>;

  return {
    changes: changes as Record<keyof typeof changes, FaultyChange>,
    /** Makes both replicas ready, and messages that must open for ever. */
    begin: async () => {
      for (const replica of [kms, observer]) await unseal(replica);
      if (ledger.length > 0) return;
      for (let n = 0; n < 3; n += 1) {
        const { id } = (await create(observer)).body;
        const { jwe } = (
          await observer.call('POST', `${api}/${id}/encrypt`, { token, body: { plaintext: bytes('kept') } })
        ).body;
        ledger.push({ id, jwe });
      }
    },
    everythingOpens,
  };
}

/** What a run at every statement did. */
export interface FaultRun {
  statements: number;
  faults: number;
}

/**
 * Makes a change fail at its first statement, its second, and so on with each fault, until it has no more of them. After each fault the state is the
 * old one or the new one, whole; an answer of success was seen only when it is the new one, and a fault is never answered as anything but 503.
 */
export async function atEveryStatement<Fault>(
  change: FaultyChange,
  kinds: readonly Fault[],
  faulty: {
    arm(at: number, fault: Fault): void | Promise<void>;
    disarm(): string | undefined | Promise<string | undefined>;
  },
  unanswered: readonly number[] = [503],
): Promise<FaultRun> {
  const run: FaultRun = { statements: 0, faults: 0 };
  for (let at = 1; ; at += 1) {
    for (const fault of kinds) {
      await change.prepare?.();
      const before = JSON.stringify(await change.state());
      await faulty.arm(at, fault);
      const { status } = await change.act();
      const statement = await faulty.disarm();
      const changed = JSON.stringify(await change.state()) !== before;
      const where = `${String(fault)} statement ${at}: ${statement ?? '(none)'}`;
      const succeeded = status >= 200 && status < 300;
      expect({ where, status: succeeded || unanswered.includes(status) ? 'as it must' : status }).toEqual({
        where,
        status: 'as it must',
      });
      if (succeeded) expect({ where, changed }).toEqual({ where, changed: true });
      await change.whole();
      if (statement === undefined) {
        expect({ where, succeeded }).toEqual({ where, succeeded: true });
        return run;
      }
      run.faults += 1;
    }
    run.statements = at;
  }
}
