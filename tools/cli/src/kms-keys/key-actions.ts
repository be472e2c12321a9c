import { withKeys, type KeyOptions } from './connect.js';
import type { DescribedKey, Page } from './key-service.js';
import { listing, table } from './table.js';

/** What a list of keys is narrowed to. */
export interface ListOptions extends KeyOptions {
  readonly name?: string[];
  readonly algorithm?: string[];
  readonly status?: string[];
  readonly sort?: string;
  readonly limit?: string;
}

/** What is said of a key when it is made or changed. */
export interface KeyDescription extends KeyOptions {
  readonly algorithm?: string;
  readonly description?: string;
  readonly access?: string;
  readonly rotateEvery?: string;
  readonly expireAfter?: string;
}

const say = (options: KeyOptions, value: object, text: () => string): void =>
  console.log(options.json ? JSON.stringify(value, undefined, 2) : text());

/** All keys that match, page by page. */
export function listKeys({ name, algorithm, status, sort, limit, ...options }: ListOptions): Promise<void> {
  return withKeys(options, 'ops', async (keys) => {
    const most = Number(limit ?? Infinity);
    const query = new URLSearchParams({ limit: '200', ...(sort === undefined ? {} : { sort }) });
    for (const [filter, values] of Object.entries({ name, algorithm, status }))
      for (const value of values ?? []) query.append(filter, value);
    const items: DescribedKey[] = [];
    let total = 0;
    for (let more = true; more && items.length < most;) {
      const page = await keys.call<Page<DescribedKey>>('GET', `elastic-keys?${query.toString()}`);
      items.push(...page.items);
      total = page.total;
      more = typeof page.next_cursor === 'string';
      query.set('cursor', page.next_cursor ?? '');
    }
    const shown = items.slice(0, most);
    say(options, { items: shown, total }, () =>
      [
        table(
          ['ID', 'NAME', 'ALGORITHM', 'STATUS', 'ACCESS', 'VERSION', 'CREATED'],
          shown.map((key) => [
            ...[key.id, key.name, key.algorithm, key.status, key.access],
            ...[String(key.current_version), key.created_at],
          ]),
        ),
        `${shown.length} of ${total} keys`,
      ].join('\n'),
    );
  });
}

/** Makes a key. */
export function createKey(name: string, options: KeyDescription): Promise<void> {
  const { algorithm, description, access } = options;
  const given = { name, algorithm, description, access, policy: policyOf(options) };
  return withKeys(options, 'ops', async (keys) => {
    const key = await keys.call<DescribedKey>('POST', 'elastic-keys', given);
    say(options, key, () => listing(key));
  });
}

export const showKey = (key: string, options: KeyOptions): Promise<void> => change('GET', '', key, options);

/** Changes what is said of a key; what is not named stays. */
export function updateKey(key: string, options: KeyDescription): Promise<void> {
  const { description, access } = options;
  return change('PUT', '', key, options, { description, access, policy: policyOf(options) });
}

/** One of the changes that have a route of their own. */
export const changeKey = (step: 'rotate' | 'enable' | 'disable' | 'restore') => (key: string, options: KeyOptions) =>
  change('POST', `/${step}`, key, options);

/** Schedules the deletion of a key. */
export const deleteKey = (key: string, { days, ...options }: KeyOptions & { days?: string }): Promise<void> =>
  change('DELETE', days === undefined ? '' : `?${new URLSearchParams({ days }).toString()}`, key, options);

/** Versions of a key, and changes of one of them. */
export function listVersions(key: string, options: KeyOptions): Promise<void> {
  return withKeys(options, 'ops', async (keys) => {
    const page = await keys.call<Page<Record<string, unknown>>>(
      'GET',
      `${await keys.path(key)}/material-keys?limit=200&sort=-created_at`,
    );
    say(options, page, () =>
      table(
        ['VERSION', 'KID', 'STATUS', 'CURRENT', 'CREATED', 'EXPIRES'],
        page.items.map((version) =>
          ['version', 'id', 'status', 'current', 'created_at', 'expires_at'].map((name) => textOf(version[name])),
        ),
      ),
    );
  });
}

export const changeVersion =
  (step: 'enable' | 'disable' | 'revoke') =>
  (key: string, version: string, options: KeyOptions): Promise<void> =>
    change('POST', `/material-keys/${encodeURIComponent(version)}/${step}`, key, options);

/** Points an alias at a key. */
export const assignAlias = (key: string, alias: string, options: KeyOptions): Promise<void> =>
  change('POST', '/aliases', key, options, { alias });

function change(method: string, rest: string, key: string, options: KeyOptions, body?: object): Promise<void> {
  return withKeys(options, 'ops', async (keys) => {
    const answer = await keys.call<Record<string, unknown>>(method, `${await keys.path(key)}${rest}`, body);
    say(options, answer, () => listing(answer));
  });
}

const textOf = (value: unknown): string =>
  value === null || value === undefined ? '-' : typeof value === 'string' ? value : JSON.stringify(value);

function policyOf({ rotateEvery, expireAfter }: KeyDescription): object | undefined {
  if (rotateEvery === undefined && expireAfter === undefined) return undefined;
  return {
    ...(rotateEvery === undefined ? {} : { rotate_every_seconds: Number(rotateEvery) }),
    ...(expireAfter === undefined ? {} : { expire_after_seconds: Number(expireAfter) }),
  };
}
