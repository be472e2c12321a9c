import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { audience, collection, runningRs, type RunningRs } from '../../fixtures/running-rs.js';

const scope = 'read:resource write:resource delete:resource';
let rs: RunningRs;
let alice: string;
let bob: string;

beforeAll(async () => {
  rs = await runningRs();
  alice = await rs.authz.jwt(audience, { sub: 'alice', scope });
  bob = await rs.authz.jwt(audience, { sub: 'bob', scope });
});
afterAll(() => rs.close());

const create = (token: string, body: Record<string, unknown> = {}) =>
  rs.call('POST', collection, { token, body: { name: 'key ring', secret_note: 'under the mat', ...body } });
const rowOf = async (id: string) => (await rs.database.sql('SELECT * FROM protected_resource WHERE id = $1', [id]))[0]!;

describe('a resource', () => {
  test('is kept, read, listed and deleted by its owner', async () => {
    const created = await create(alice, { description: 'mine' });
    expect(created.status).toBe(201);
    const { id } = created.body;
    expect(created.headers.location).toBe(`${audience}${collection}/${id}`);
    expect(created.body).toMatchObject({ name: 'key ring', description: 'mine', secret_note: 'under the mat' });

    const read = await rs.call('GET', `${collection}/${id}`, { token: alice });
    expect([read.status, read.body]).toEqual([200, created.body]);
    const { items } = (await rs.call('GET', collection, { token: alice })).body;
    const { secret_note: _note, ...summary } = created.body;
    expect(items).toContainEqual(summary);

    expect((await rs.call('DELETE', `${collection}/${id}`, { token: alice })).status).toBe(204);
    expect((await rs.call('GET', `${collection}/${id}`, { token: alice })).status).toBe(404);
    expect((await rs.call('DELETE', `${collection}/${id}`, { token: alice })).status).toBe(404);
  });

  test('is deleted by DELETE on the collection too, with its id in the query', async () => {
    const { id } = (await create(alice)).body;
    expect((await rs.call('DELETE', `${collection}?id=${id}`, { token: alice })).status).toBe(204);
    expect(await rowOf(id)).toBeUndefined();
  });

  test('of twenty parallel deletions exactly one succeeds', async () => {
    const { id } = (await create(alice)).body;
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => rs.call('DELETE', `${collection}/${id}`, { token: alice })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([204, ...Array.from({ length: 19 }, () => 404)]);
  });

  test('of another does not exist: same answer as for an id that was never given out', async () => {
    const { id } = (await create(alice)).body;
    const never = '0198d1c0-0000-7000-8000-00000000000b';
    for (const method of ['GET', 'DELETE']) {
      const [foreign, missing] = await Promise.all(
        [id, never].map((one) => rs.call(method, `${collection}/${one}`, { token: bob })),
      );
      expect(foreign!.status).toBe(404);
      expect({ ...foreign!.body, request_id: '' }).toEqual({ ...missing!.body, request_id: '' });
    }
    expect((await rs.call('DELETE', `${collection}?id=${id}`, { token: bob })).status).toBe(404);
    expect((await rs.call('GET', collection, { token: bob })).body.items).toEqual([]);
    expect((await rs.call('GET', `${collection}/${id}`, { token: alice })).status).toBe(200);
  });

  test('of a user is out of reach for a client that bears the same name (RFC 9700 §4.15)', async () => {
    const { id } = (await create(alice)).body;
    const impostor = await rs.authz.jwt(audience, { sub: 'alice', client_id: 'alice', scope });
    expect((await rs.call('GET', `${collection}/${id}`, { token: impostor })).status).toBe(404);
  });

  test('is reached by the same user with an opaque token', async () => {
    const { id } = (await create(alice)).body;
    const token = rs.authz.token({ sub: 'alice', client_id: 'another', scope });
    expect((await rs.call('GET', `${collection}/${id}`, { token })).body.secret_note).toBe('under the mat');
  });
});

describe('the secret note', () => {
  const secret = 'the-note-nobody-may-read';

  test('is stored only as a JWE of the kms; its key is wrapped anew each time', async () => {
    const rows = await Promise.all(
      [1, 2].map(async () => rowOf((await create(alice, { secret_note: secret })).body.id)),
    );
    expect(JSON.stringify(rows)).not.toContain(secret);
    const notes = rows.map(({ secret_note_jwe }) => String(secret_note_jwe).split('.'));
    expect(notes.map((parts) => parts.length)).toEqual([5, 5]);
    expect(notes[0]![1]).not.toBe(notes[1]![1]);
    expect(JSON.parse(Buffer.from(notes[0]![0]!, 'base64url').toString())).toMatchObject({
      alg: 'A256KW',
      enc: 'A256GCM',
    });
  });

  test('moved to another row does not open: the answer is 500 and says nothing', async () => {
    const [mine, theirs] = [(await create(alice)).body.id, (await create(bob, { secret_note: secret })).body.id];
    const { secret_note_jwe } = await rowOf(theirs);
    await rs.database.sql('UPDATE protected_resource SET secret_note_jwe = $1 WHERE id = $2', [secret_note_jwe, mine]);
    const { status, body } = await rs.call('GET', `${collection}/${mine}`, { token: alice });
    expect([status, body.code]).toEqual([500, 'internal']);
    expect(JSON.stringify(body)).not.toContain(secret);
  });

  test('of a row given to another owner does not open', async () => {
    const { id } = (await create(alice)).body;
    await rs.database.sql(`UPDATE protected_resource SET owner = 'user:bob' WHERE id = $1`, [id]);
    expect((await rs.call('GET', `${collection}/${id}`, { token: bob })).status).toBe(500);
  });

  test('survives any text: Unicode comes back as it was', async () => {
    const note = 'naïve 🔑 \u202e\n"\\ end';
    const { id } = (await create(alice, { secret_note: note })).body;
    expect((await rs.call('GET', `${collection}/${id}`, { token: alice })).body.secret_note).toBe(note);
  });
});

describe('the list', () => {
  test('comes in pages, newest first, each resource once', async () => {
    const token = await rs.authz.jwt(audience, { sub: 'carol', scope });
    const ids: string[] = [];
    for (let i = 0; i < 5; i++) ids.push((await create(token, { name: `r${i}` })).body.id);
    const seen: string[] = [];
    let cursor: string | null = null;
    const sizes: number[] = [];
    do {
      const query: string = cursor ? `?limit=2&cursor=${cursor}` : '?limit=2';
      const { body } = await rs.call('GET', collection + query, { token });
      sizes.push(body.items.length);
      seen.push(...body.items.map((item: { id: string }) => item.id));
      cursor = body.next_cursor;
    } while (cursor);
    expect(sizes).toEqual([2, 2, 1]);
    expect(seen).toEqual(ids.reverse());
  });

  test('asks the kms nothing', async () => {
    await create(alice);
    const before = rs.kms.requests.filter(({ method }) => method === 'POST').length;
    await rs.call('GET', collection, { token: alice });
    expect(rs.kms.requests.filter(({ method }) => method === 'POST')).toHaveLength(before);
  });
});

describe('bad input is 400 and the field is named', () => {
  test.each([
    ['POST', '', { name: '', secret_note: 'x' }, 'name'],
    ['POST', '', { name: 'x' }, 'secret_note'],
    ['POST', '', { name: 'x', secret_note: 'x', owner: 'user:bob' }, 'owner'],
    ['POST', '', { name: 'a\0b', secret_note: 'x' }, 'name'],
    ['GET', '/not-an-id', undefined, 'id'],
    ['DELETE', '/not-an-id', undefined, 'id'],
    ['DELETE', '', undefined, 'id'],
    ['DELETE', '?id=a&id=b', undefined, 'id'],
    ['GET', '?limit=0', undefined, 'limit'],
    ['GET', '?cursor=x', undefined, 'cursor'],
    ['GET', '?limit=1&limit=2', undefined, 'limit'],
    ['GET', '?owner=user:bob', undefined, 'owner'],
  ])('%s %s %j', async (method, path, body, field) => {
    const answer = await rs.call(method, collection + path, { token: alice, body });
    expect([answer.status, answer.body.code]).toEqual([400, 'invalid_request']);
    expect(answer.body.fields.map(({ name }: { name: string }) => name)).toContain(field);
  });

  test.each([
    ['no JSON', '{"name":', 'application/json', 400],
    ['XML', '<a/>', 'application/xml', 415],
    ['too much', JSON.stringify({ name: 'x', secret_note: 'x'.repeat(70_000) }), 'application/json', 413],
  ])('%s', async (_, body, contentType, status) => {
    const answer = await rs.call('POST', collection, { token: alice, body, headers: { 'content-type': contentType } });
    expect(answer.status).toBe(status);
  });

  test('nothing of it is stored', async () => {
    const before = await rs.database.sql('SELECT count(*)::int AS n FROM protected_resource');
    await create(alice, { name: '' });
    expect(await rs.database.sql('SELECT count(*)::int AS n FROM protected_resource')).toEqual(before);
  });
});
