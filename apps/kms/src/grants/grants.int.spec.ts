import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Clock } from '../elastic-keys/clock.js';
import {
  type KmsSuite,
  type Replica,
  adminScopes,
  allScopes,
  api,
  bytes,
  kmsSuite,
} from '../../test/kms-suite.fixture.js';
import { allows, grantedOperations } from './granted-operation.js';

const UNKNOWN = '0198c000-0000-7000-8000-000000000000';

describe('a key whose access is by grants', () => {
  let suite: KmsSuite;
  let a: Replica;
  let b: Replica;
  let admin: string;
  let alice: string;
  let bob: string;
  beforeAll(async () => {
    suite = await kmsSuite();
    const first = await suite.startUnsealed();
    a = first;
    b = await suite.start();
    await b.unseal(first.shares.slice(0, 3));
    admin = await suite.issuer.token(adminScopes, { sub: 'root' });
    alice = await suite.issuer.token(allScopes, { sub: 'alice', client_id: 'web' });
    bob = await suite.issuer.token(allScopes, { sub: 'bob', client_id: 'web' });
  });
  afterAll(() => suite.close());

  let made = 0;
  const create = async (algorithm: string, access = 'grants'): Promise<string> => {
    const body = { name: `granted ${(made += 1)}`, algorithm, access };
    return (await a.call('POST', api, { token: admin, body })).body.id;
  };
  const grant = (id: string, body: object, token = admin) =>
    a.call('POST', `${api}/${id}/grants`, { token, body: { grantee: { subject: 'alice' }, ...body } });
  const outcome = async (kms: Replica, token: string, method: string, path: string, body?: unknown) => {
    const answer = await kms.call(method, path, { token, body });
    return answer.status < 300 ? 'done' : `${answer.status} ${answer.body.code}`;
  };
  const denied = '403 operation_not_allowed';

  type Operation = (typeof grantedOperations)[number];

  /** Everything a granted operation lets one do, on a key that fits; `dry_run` where there is one. */
  const attempts: Record<Operation, [string, (id: string) => [string, string, unknown?]][]> = {
    read: [
      ['A256GCM', (id) => ['GET', `${api}/${id}`]],
      ['A256GCM', (id) => ['GET', `${api}/${id}/jwks`]],
      ['A256GCM', (id) => ['GET', `${api}/${id}/material-keys`]],
      ['A256GCM', (id) => ['GET', `${api}/${id}/aliases`]],
      ['A256GCM', (id) => ['GET', `${api}/${id}/grants`]],
    ],
    manage: [
      ['A256GCM', (id) => ['POST', `${api}/${id}/rotate`]],
      ['A256GCM', (id) => ['POST', `${api}/${id}/aliases`, { alias: `a-${id}` }]],
      ['A256GCM', (id) => ['DELETE', `${api}/${id}/aliases/a-${id}`]],
      ['A256GCM', (id) => ['POST', `${api}/${id}/material-keys/1/disable`]],
      ['A256GCM', (id) => ['POST', `${api}/${id}/material-keys/1/enable`]],
    ],
    encrypt: [['A256GCM', (id) => ['POST', `${api}/${id}/encrypt`, { plaintext: bytes('x'), dry_run: true }]]],
    decrypt: [['A256GCM', (id) => ['POST', `${api}/${id}/decrypt`, { jwe: 'x', dry_run: true }]]],
    rewrap: [['A256GCM', (id) => ['POST', `${api}/${id}/rewrap`, { jwe: 'x', dry_run: true }]]],
    generate: [['A256GCM', (id) => ['POST', `${api}/${id}/generate`, { kind: 'oct-256', dry_run: true }]]],
    'data-key': [['A256GCM', (id) => ['POST', `${api}/${id}/data-key`, { dry_run: true }]]],
    sign: [['HS256', (id) => ['POST', `${api}/${id}/sign`, { payload: bytes('x'), dry_run: true }]]],
    verify: [['HS256', (id) => ['POST', `${api}/${id}/verify`, { jws: 'x', dry_run: true }]]],
    mac: [['HS256', (id) => ['POST', `${api}/${id}/mac`, { data: bytes('x'), dry_run: true }]]],
    'mac-verify': [
      ['HS256', (id) => ['POST', `${api}/${id}/mac-verify`, { data: bytes('x'), mac: 'AA', kid: 'x', dry_run: true }]],
    ],
    derive: [['HS256', (id) => ['POST', `${api}/${id}/derive`, { info: 'AA', dry_run: true }]]],
  };

  it.each(grantedOperations)(
    'lets a grant of %s do that and nothing else (manage: read too), on the other replica at once, and nobody without one',
    async (operation) => {
      const keys = { A256GCM: await create('A256GCM'), HS256: await create('HS256') };
      const every = Object.entries(attempts).flatMap(([name, ways]) =>
        ways.map(([algorithm, way]) => ({ name: name as Operation, call: way(keys[algorithm as keyof typeof keys]) })),
      );
      const tried = async (token: string) => {
        const outcomes: [string, string][] = [];
        for (const { name, call } of every) outcomes.push([name, await outcome(b, token, ...call)]);
        return outcomes;
      };
      const nothing = every.map(({ name }) => [name, denied]);
      expect(await tried(alice)).toEqual(nothing);
      const grants = await Promise.all(Object.values(keys).map((id) => grant(id, { operations: [operation] })));
      expect(grants.map(({ status }) => status)).toEqual([201, 201]);
      expect(await tried(alice)).toEqual(every.map(({ name }) => [name, allows([operation], name) ? 'done' : denied]));
      expect(await tried(bob)).toEqual(nothing);
      for (const [at, id] of Object.values(keys).entries()) {
        const path = `${api}/${id}/grants/${grants[at]!.body.id}`;
        expect(await a.call('DELETE', path, { token: admin })).toMatchObject({ status: 204 });
        expect(await a.call('DELETE', path, { token: admin })).toMatchObject({ body: { code: 'grant_not_found' } });
      }
      expect(await tried(alice)).toEqual(nothing);
    },
  );

  it('is never opened further than the scope of a token goes', async () => {
    const id = await create('A256GCM');
    await grant(id, { operations: ['encrypt'] });
    const narrow = await suite.issuer.token('kms:read', { sub: 'alice' });
    expect(await outcome(a, narrow, 'POST', `${api}/${id}/encrypt`, { plaintext: bytes('x') })).toBe(
      '403 insufficient_scope',
    );
  });

  it('is administered with kms:admin without a grant, but used only with one', async () => {
    const id = await create('A256GCM');
    expect(await outcome(a, admin, 'GET', `${api}/${id}`)).toBe('done');
    expect(await outcome(a, admin, 'POST', `${api}/${id}/rotate`)).toBe('done');
    expect(await outcome(a, admin, 'POST', `${api}/${id}/encrypt`, { plaintext: bytes('x') })).toBe(denied);
  });

  it('takes a grantee by subject, by client, or by both together', async () => {
    const id = await create('A256GCM');
    const encrypting = (token: string) => outcome(b, token, 'POST', `${api}/${id}/encrypt`, { plaintext: bytes('x') });
    const other = await suite.issuer.token(allScopes, { sub: 'alice', client_id: 'other' });
    const cases: [object, string[]][] = [
      [{ subject: 'alice' }, ['done', denied, 'done']],
      [{ client_id: 'web' }, ['done', 'done', denied]],
      [{ subject: 'alice', client_id: 'other' }, [denied, denied, 'done']],
    ];
    for (const [grantee, expected] of cases) {
      const { body } = await grant(id, { grantee, operations: ['encrypt'] });
      expect([await encrypting(alice), await encrypting(bob), await encrypting(other)]).toEqual(expected);
      await a.call('DELETE', `${api}/${id}/grants/${body.id}`, { token: admin });
    }
  });

  it('binds a grant to its contexts: equal, or with a prefix, for each item of a batch', async () => {
    const id = await create('A256GCM');
    await grant(id, { operations: ['encrypt', 'decrypt', 'rewrap'], context: { prefix: 'invoice/' } });
    await grant(id, { operations: ['encrypt'], context: { equals: 'letter' } });
    const encrypting = (context?: string) =>
      outcome(b, alice, 'POST', `${api}/${id}/encrypt`, { plaintext: bytes('x'), ...(context ? { context } : {}) });
    expect(await Promise.all(['invoice/1', 'letter', 'letters', 'invoice', undefined].map(encrypting))).toEqual([
      'done',
      'done',
      denied,
      denied,
      denied,
    ]);
    const batch = await b.call('POST', `${api}/${id}/encrypt:batch`, {
      token: alice,
      body: { items: ['invoice/1', 'other', 'letter'].map((context) => ({ plaintext: bytes('x'), context })) },
    });
    expect(batch.body.items.map((item: any) => item.error?.code ?? 'done')).toEqual([
      'done',
      'operation_not_allowed',
      'done',
    ]);
    const jwe = batch.body.items[0].jwe as string;
    const rewrapping = (contexts: object) =>
      outcome(b, alice, 'POST', `${api}/${id}/rewrap`, { jwe, context: 'invoice/1', ...contexts });
    expect(await rewrapping({})).toBe('done');
    expect(await rewrapping({ new_context: 'invoice/2' })).toBe('done');
    expect(await rewrapping({ new_context: 'public' })).toBe(denied);
    expect(await outcome(b, alice, 'POST', `${api}/${id}/decrypt`, { jwe, context: 'letter' })).toBe(denied);
  });

  it('forgets a grant when its time is over', async () => {
    const id = await create('A256GCM');
    const end = new Date(Date.now() + 3_600_000).toISOString();
    await grant(id, { operations: ['encrypt', 'read'], expires_at: end });
    const encrypting = () => outcome(a, alice, 'POST', `${api}/${id}/encrypt`, { plaintext: bytes('x') });
    expect(await encrypting()).toBe('done');
    const clock = a.kms.app.get(Clock, { strict: false });
    clock.now = () => new Date(Date.parse(end));
    expect(await encrypting()).toBe(denied);
    clock.now = () => new Date();
    expect(await encrypting()).toBe('done');
  });

  it('is left out of lists for those who may not read it', async () => {
    const id = await create('A256GCM');
    const ids = async (token: string) => {
      const keys = await a.call('GET', `${api}?id=${id}`, { token });
      const versions = await a.call('GET', `/service/api/v1/material-keys?elastic_key_id=${id}`, { token });
      return [keys.body.total, keys.body.items.length, versions.body.total, versions.body.items.length];
    };
    expect([await ids(alice), await ids(admin)]).toEqual([
      [0, 0, 0, 0],
      [1, 1, 1, 1],
    ]);
    await grant(id, { operations: ['read'] });
    expect([await ids(alice), await ids(bob)]).toEqual([
      [1, 1, 1, 1],
      [0, 0, 0, 0],
    ]);
  });

  it('can be opened and closed, by those who administer keys alone', async () => {
    const id = await create('A256GCM');
    await grant(id, { operations: ['manage'] });
    const open = (token: string, access: string) => outcome(a, token, 'PUT', `${api}/${id}`, { access });
    const encrypting = () => outcome(b, bob, 'POST', `${api}/${id}/encrypt`, { plaintext: bytes('x') });
    expect(await outcome(a, alice, 'PUT', `${api}/${id}`, { description: 'mine' })).toBe('done');
    expect([await open(alice, 'tenant'), await encrypting()]).toEqual([denied, denied]);
    expect([await open(admin, 'tenant'), await encrypting()]).toEqual(['done', 'done']);
    expect([await open(admin, 'grants'), await encrypting()]).toEqual(['done', denied]);
  });

  it.each<[string, object, string]>([
    ['no grantee', { grantee: {}, operations: ['read'] }, 'grantee.subject'],
    ['an unknown operation', { operations: ['steal'] }, 'operations.0'],
    ['no operation', { operations: [] }, 'operations'],
    ['a context for an operation that binds none', { operations: ['sign'], context: { equals: 'x' } }, 'context'],
    ['two kinds of context', { operations: ['encrypt'], context: { equals: 'x', prefix: 'x' } }, 'context'],
    ['an end without time zone', { operations: ['read'], expires_at: '2030-01-01T00:00:00' }, 'expires_at'],
    ['an unknown member', { operations: ['read'], tenant: 'x' }, 'tenant'],
  ])('is not granted with %s: the field is named', async (_what, body, field) => {
    const answer = await grant(await create('A256GCM'), body);
    expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_request' } });
    expect(answer.body.fields.map(({ name }: { name: string }) => name)).toContain(field);
  });

  it('is not granted with an end in the past, to more than a hundred, or on a key that is not there', async () => {
    const id = await create('A256GCM');
    const past = { operations: ['read'], expires_at: '2020-01-01T00:00:00Z' };
    expect((await grant(id, past)).body).toMatchObject({ code: 'invalid_request', field: 'expires_at' });
    const many = await Promise.all(
      Array.from({ length: 104 }, (_, n) => grant(id, { grantee: { subject: `s${n}` }, operations: ['read'] })),
    );
    expect(many.filter(({ status }) => status === 201)).toHaveLength(100);
    expect(many.filter(({ body }) => body.code === 'quota_exceeded' && body.quota === 'grants_per_key')).toHaveLength(
      4,
    );
    expect((await grant(UNKNOWN, { operations: ['read'] })).body.code).toBe('key_not_found');
    expect((await grant(id, { operations: ['read'] }, alice)).body.code).toBe('insufficient_scope');
  });

  it('has each grant, its end and each call that was denied on record', async () => {
    const id = await create('A256GCM');
    const { body } = await grant(id, { operations: ['read'] });
    expect(body.created_by).toBe('user:root client:web');
    await outcome(a, alice, 'POST', `${api}/${id}/encrypt`, { plaintext: bytes('x') });
    await a.call('DELETE', `${api}/${id}/grants/${body.id}`, { token: admin });
    const events = (await a.call('GET', `/service/api/v1/audit?key_id=${id}`, { token: admin })).body.items;
    const seen = events.map(({ event }: any) => [event.who, event.operation, event.outcome, event.refusal ?? '']);
    expect(seen).toEqual(
      expect.arrayContaining([
        ['user:root client:web', 'grant', 'success', ''],
        ['user:alice client:web', 'encrypt', 'denied', 'operation_not_allowed'],
        ['user:root client:web', 'revoke grant', 'success', ''],
      ]),
    );
  });

  it('keeps its grants when what they are sealed under is rotated', async () => {
    const id = await create('A256GCM');
    await grant(id, { operations: ['encrypt'] });
    await a.call('POST', '/admin/v1/barrier/rotate/content', { identity: 'ops' });
    await b.call('POST', '/admin/v1/barrier/rotate/content', { identity: 'ops' });
    const encrypting = (kms: Replica) => outcome(kms, alice, 'POST', `${api}/${id}/encrypt`, { plaintext: bytes('x') });
    expect([await encrypting(a), await encrypting(b)]).toEqual(['done', 'done']);
    const status = () => b.call('GET', '/admin/v1/barrier/status', { identity: 'ops' });
    while (!(await status()).body.rewrap.done);
    const epochs = await suite.database.sql(
      'SELECT g.epoch = e.epoch AS same FROM key_grants g JOIN elastic_keys e ON e.id = g.elastic_key_id WHERE e.id = $1',
      [id],
    );
    expect(epochs).toEqual([{ same: true }]);
  });

  it.each([
    ['its grantee', `UPDATE key_grants SET subject = 'bob' WHERE elastic_key_id = $1`],
    ['its operations', `UPDATE key_grants SET operations = '{encrypt,decrypt}' WHERE elastic_key_id = $1`],
    ['its context', `UPDATE key_grants SET context_rule = NULL WHERE elastic_key_id = $1`],
    ['its end', `UPDATE key_grants SET expires_at = now() + '1 year' WHERE elastic_key_id = $1`],
    ['its key', `UPDATE key_grants SET elastic_key_id = $1 WHERE created_by = 'user:root client:moved'`],
    ['the access of the key', `UPDATE elastic_keys SET access = 'tenant' WHERE id = $1`],
  ])('is not opened by somebody who writes %s into the database', async (_what, statement) => {
    const id = await create('A256GCM');
    const mover = await suite.issuer.token(adminScopes, { sub: 'root', client_id: 'moved' });
    await grant(await create('A256GCM'), { grantee: { client_id: 'web' }, operations: ['encrypt'] }, mover);
    if (!statement.includes('moved')) {
      await grant(id, { grantee: { subject: 'carol' }, operations: ['encrypt'], context: { equals: 'x' } });
      await suite.database.sql(`UPDATE key_grants SET subject = subject WHERE elastic_key_id = $1`, [id]);
    }
    await suite.database.sql(statement, [id]);
    for (const sub of ['bob', 'carol']) {
      const token = await suite.issuer.token(allScopes, { sub, client_id: 'web' });
      const call = outcome(a, token, 'POST', `${api}/${id}/encrypt`, { plaintext: bytes('x') });
      expect(['500 integrity', denied]).toContain(await call);
    }
  });

  it('lets operators administer by their certificate, and use nothing', async () => {
    const id = await create('A256GCM', 'tenant');
    const ops = (method: string, path: string, body?: unknown) => a.call(method, path, { identity: 'ops', body });
    expect(await ops('GET', `${api}/${id}`)).toMatchObject({ status: 200 });
    expect(await ops('POST', `${api}/${id}/rotate`)).toMatchObject({ status: 200, body: { current_version: 2 } });
    expect(
      (await ops('POST', `${api}/${id}/grants`, { grantee: { subject: 'x' }, operations: ['read'] })).body,
    ).toMatchObject({
      created_by: 'identity:ops',
    });
    expect(await ops('POST', `${api}/${id}/encrypt`, { plaintext: bytes('x') })).toMatchObject({
      status: 403,
      body: { code: 'identity_not_allowed' },
    });
    expect((await ops('GET', api)).body.total).toBeGreaterThan(0);
  });
});
