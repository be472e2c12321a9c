import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type KmsSuite, type Replica, adminScopes, api, kmsSuite } from '../../test/kms-suite.fixture.js';
import { Clock } from './clock.js';

interface Item {
  id: string;
  name?: string;
  status: string;
  version?: number;
  created_at: string;
  expires_at?: string;
}
interface Row {
  parameter: string;
  query: () => string;
  /** Whether an item of the whole list belongs into the answer. */
  keeps?: (item: Item) => boolean;
  /** What the answer has, where it is not a part of the list in the same order. */
  gives?: (all: Item[]) => Item[];
}

/** A day: every version with a policy is expired then, and one is ended. */
const LATER_MS = 86_400_000;

describe('each documented query parameter changes the list', () => {
  let suite: KmsSuite;
  let kms: Replica;
  let token: string;
  const ids: Record<string, string> = {};
  let later = 0;
  beforeAll(async () => {
    suite = await kmsSuite();
    kms = await suite.startUnsealed();
    token = await suite.issuer.token(adminScopes, { exp: Math.floor(Date.now() / 1000) + 2 * 86_400 });
    const clock = kms.kms.app.get(Clock, { strict: false });
    clock.now = () => new Date(Date.now() + later);
    const post = (path: string, body?: object) => kms.call('POST', `${api}${path}`, { token, body });
    const make = async (name: string, algorithm: string, policy?: object) => {
      ids[name] = (await post('', { name, algorithm, policy })).body.id;
      await post(`/${ids[name]}/rotate`);
      await post(`/${ids[name]}/rotate`);
    };
    await make('plain', 'A256KW+A256GCM');
    await make('expiring', 'ES256', { expire_after_seconds: 3600 });
    await make('ending', 'A256GCM', { expire_after_seconds: 3600, decrypt_for_seconds: 3600 });
    await make('waiting', 'ES256', { activate_after_seconds: 600_000, expire_after_seconds: 600_000 });
    await post(`/${ids['plain']}/material-keys/1/revoke`);
    await post(`/${ids['expiring']}/material-keys/2/disable`);
    await post(`/${ids['ending']}/disable`);
    later = LATER_MS;
  });
  afterAll(() => suite.close());

  const list = async (path: string, query: string) => {
    const { status, body } = await kms.call('GET', `/service/api/v1/${path}?${query}`, { token });
    expect({ query, status }).toEqual({ query, status: 200 });
    return body as { items: Item[]; total: number; next_cursor: string | null };
  };
  const between = (all: Item[]) => all[Math.floor(all.length / 2)]!;
  const everything: Record<string, Item[]> = {};
  const middle = (path: string) => between(everything[path]!);

  /** Of every list. */
  const rowsOf = (path: string): Row[] => [
    { parameter: 'id', query: () => `id=${middle(path).id}`, keeps: ({ id }) => id === middle(path).id },
    {
      parameter: 'created_from',
      query: () => `created_from=${middle(path).created_at}`,
      keeps: (item) => item.created_at >= middle(path).created_at,
    },
    {
      parameter: 'created_before',
      query: () => `created_before=${middle(path).created_at}`,
      keeps: (item) => item.created_at < middle(path).created_at,
    },
    { parameter: 'sort', query: () => 'sort=-created_at', gives: (all) => [...all].reverse() },
    { parameter: 'limit', query: () => 'limit=2', gives: (all) => all.slice(0, 2) },
  ];
  const ofVersions = (path: string): Row[] => [
    ...rowsOf(path),
    { parameter: 'version', query: () => 'version=2', keeps: ({ version }) => version === 2 },
    {
      parameter: 'expires_from',
      query: () => `expires_from=${new Date(Date.now() + 2 * LATER_MS).toISOString()}`,
      keeps: ({ expires_at: end }) => typeof end === 'string' && Date.parse(end) > Date.now() + 2 * LATER_MS,
    },
    {
      parameter: 'expires_before',
      query: () => `expires_before=${new Date(Date.now() + 2 * LATER_MS).toISOString()}`,
      keeps: ({ expires_at: end }) => typeof end === 'string' && Date.parse(end) < Date.now() + 2 * LATER_MS,
    },
  ];
  const states = (...some: string[]): Row[] =>
    some.map((status) => ({
      parameter: 'status',
      query: () => `status=${status}`,
      keeps: (item) => item.status === status,
    }));
  const named: Row = { parameter: 'name', query: () => 'name=ending', keeps: () => false };
  const lists: [string, string, () => string, Row[]][] = [
    [
      'keys',
      '/elastic-keys',
      () => 'elastic-keys',
      [
        ...rowsOf('keys'),
        ...states('enabled', 'disabled'),
        { ...named, keeps: ({ name }) => name === 'ending' },
        {
          parameter: 'algorithm',
          query: () => 'algorithm=ES256',
          keeps: ({ name }) => ['expiring', 'waiting'].includes(name!),
        },
      ],
    ],
    [
      'versions',
      '/material-keys',
      () => 'material-keys',
      [
        ...ofVersions('versions'),
        ...states('enabled', 'disabled', 'revoked', 'not_active', 'expired', 'ended'),
        { ...named, keeps: (item) => of(item) === ids['ending'] },
        { parameter: 'algorithm', query: () => 'algorithm=A256GCM', keeps: (item) => of(item) === ids['ending'] },
        {
          parameter: 'elastic_key_id',
          query: () => `elastic_key_id=${ids['plain']}`,
          keeps: (item) => of(item) === ids['plain'],
        },
      ],
    ],
    [
      'versions of one key',
      '/elastic-keys/{id}/material-keys',
      () => `elastic-keys/${ids['expiring']}/material-keys`,
      [
        ...ofVersions('versions of one key').filter(({ parameter }) => !parameter.startsWith('expires')),
        // All of them end at about the same time.
        {
          parameter: 'expires_from',
          query: () => `expires_from=${new Date(Date.now() + LATER_MS).toISOString()}`,
          keeps: () => false,
        },
        { parameter: 'expires_before', query: () => 'expires_before=2020-01-01T00:00:00Z', keeps: () => false },
        ...states('expired', 'disabled', 'enabled'),
      ],
    ],
  ];
  const of = (item: Item) => (item as unknown as { elastic_key_id: string }).elastic_key_id;

  describe.each(lists)('%s', (name, path, url, rows) => {
    beforeAll(async () => {
      const all = await list(url(), 'limit=200');
      everything[name] = all.items;
      expect(all).toMatchObject({ total: all.items.length, next_cursor: null });
    });

    it('has a row here for each of its parameters', async () => {
      const { body } = await kms.call('GET', '/ui/swagger/doc.json');
      for (const prefix of ['/service/api/v1', '/browser/api/v1']) {
        const parameters = body.paths[prefix + path].get.parameters as { in: string; name: string }[];
        const documented = parameters.filter((one) => one.in === 'query').map((one) => one.name);
        expect(documented.sort()).toEqual([...new Set([...rows.map(({ parameter }) => parameter), 'cursor'])].sort());
      }
    });

    it.each(rows.map((row) => [row.parameter, row.query, row] as const))('by %s', async (_parameter, query, row) => {
      const all = everything[name]!;
      const wanted = row.gives ? row.gives(all) : all.filter(row.keeps!);
      const seen = await list(url(), `${row.parameter === 'limit' ? '' : 'limit=200&'}${query()}`);
      expect(seen.items).toEqual(wanted);
      expect(seen.items).not.toEqual(all);
      expect(seen.total).toBe(row.gives ? all.length : wanted.length);
    });

    it('by cursor: the pages together are the list, in either order', async () => {
      for (const sort of ['created_at', '-created_at']) {
        const seen: Item[] = [];
        let cursor: string | null = '';
        while (cursor !== null) {
          const page: Awaited<ReturnType<typeof list>> = await list(
            url(),
            `sort=${sort}&limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`,
          );
          seen.push(...page.items);
          cursor = page.next_cursor;
        }
        expect(seen).toEqual(sort === 'created_at' ? everything[name] : [...everything[name]!].reverse());
      }
    });

    it('refuses a parameter that it does not have, by its name', async () => {
      for (const unknown of ['color', 'page', 'tenant', 'Status']) {
        const answer = await kms.call('GET', `/service/api/v1/${url()}?${unknown}=x`, { token });
        expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_request', fields: [{ name: unknown }] } });
      }
    });
  });

  it('filters together mean all of them, several values of one any of them', async () => {
    const all = everything['versions']!;
    const query = 'status=expired&status=not_active&algorithm=ES256&version=1&version=3';
    const wanted = all.filter(
      (item) =>
        ['expired', 'not_active'].includes(item.status) &&
        [ids['expiring'], ids['waiting']].includes(of(item)) &&
        [1, 3].includes(item.version!),
    );
    expect(wanted.length).toBeGreaterThan(1);
    expect((await list('material-keys', `${query}&limit=200`)).items).toEqual(wanted);
    expect((await list('material-keys', `${query}&name=plain`)).items).toEqual([]);
  });

  it('an expired version is not listed as enabled, though nobody disabled it', async () => {
    const path = `elastic-keys/${ids['expiring']}/material-keys`;
    expect((await list(path, 'status=enabled')).items).toEqual([]);
    later = 0;
    try {
      expect((await list(path, 'status=enabled')).items.map(({ version }) => version)).toEqual([1, 3]);
      expect((await list(path, 'status=expired')).items).toEqual([]);
    } finally {
      later = LATER_MS;
    }
  });
});
