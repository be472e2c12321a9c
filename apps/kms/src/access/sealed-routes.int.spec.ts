import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type KmsSuite,
  type Replica,
  adminScopes,
  api,
  browserHeaders,
  documentedRoutes,
  kmsSuite,
} from '../../test/kms-suite.fixture.js';

/**
 * Bodies for routes that answer while sealed. Any other route refuses before it looks at the body, so `{}` does; a new route that needs a line here
 * says so by an `invalid_request`.
 */
const bodies: Record<string, unknown> = {
  'POST /service/api/v1/random': { bytes: 16 },
  'POST /admin/v1/unseal': { share: 'x' },
  'POST /admin/v1/rollback/acknowledge': { epoch: 1, audit_seq: 0 },
};
const table = new URL('../../../../docs/kms/sealed.md', import.meta.url);
const head = `# What each route answers while the kms cannot work

Written by \`KMS_SEALED_TABLE=write\` and \`src/access/sealed-routes.int.spec.ts\` of apps/kms, which calls every route of the OpenAPI document in each state
and compares. A code in the table is the \`code\` of the problem document; every 503 has a \`Retry-After\`.

While sealed the public keys (\`jwks\`) are served, so verification of signatures with them goes on everywhere; the operation \`verify\` itself is refused,
because it proves the row of the key first. The routes for web pages (\`/browser/api/v1\`) answer as those for programs do. Calls are refused before their body is looked at, but after their caller was: a stranger gets 401.

`;

describe('a kms that cannot work', () => {
  let suite: KmsSuite;
  let empty: KmsSuite;
  let sealed: Replica & { shares: string[] };
  let uninitialized: Replica;
  let cutOff: Replica;
  let token: string;
  let id: string;
  let routes: string[];
  beforeAll(async () => {
    [suite, empty] = await Promise.all([kmsSuite(), kmsSuite()]);
    sealed = await suite.startUnsealed();
    uninitialized = await empty.start();
    cutOff = await suite.start({ CRYPTOUTIL_DATABASE_PORT: '1' });
    token = await suite.issuer.token(adminScopes);
    id = (await sealed.call('POST', api, { token, body: { name: 'signing', algorithm: 'ES256' } })).body.id;
    await sealed.call('POST', '/admin/v1/seal', { identity: 'ops' });
    routes = (await documentedRoutes(sealed)).sort((a, b) => compare(pathOf(a), pathOf(b)) || compare(a, b));
  });
  afterAll(async () => {
    await suite.close();
    await empty.close();
  });

  const attempt = async (replica: Replica, route: string, from: KmsSuite) => {
    const [method, path] = route.split(' ') as [string, string];
    const token = await from.issuer.token(adminScopes);
    const headers = path.startsWith('/browser/') ? await browserHeaders(replica, token) : {};
    const caller = path.startsWith('/admin/') ? { identity: 'ops' } : { token, headers };
    const filled = path
      .replace('{id}', id)
      .replace('{version}', '1')
      .replace(/\{\w+\}/g, 'x');
    const body =
      method === 'GET' || method === 'DELETE' ? undefined : (bodies[route.replace(' /browser/', ' /service/')] ?? {});
    const answer = await replica.call(method, filled, { ...caller, body });
    const code = answer.status < 400 ? undefined : (answer.body?.code ?? answer.body?.status);
    if (answer.status === 503)
      expect({ route, wait: Number(answer.headers['retry-after']) > 0 }).toEqual({ route, wait: true });
    expect(
      [401, 403, 400, 500].includes(answer.status) && code !== 'share_invalid'
        ? `${route}: ${answer.status} ${code}`
        : '',
    ).toBe('');
    return code === undefined ? `${answer.status}` : `${answer.status} \`${code}\``;
  };

  it('answers every documented route as the table in the docs says, in each state', async () => {
    const rows: string[][] = [];
    for (const route of routes.filter((one) => twinOf(one) === undefined)) {
      const row = [route];
      for (const [replica, from] of [
        [sealed, suite],
        [uninitialized, empty],
        [cutOff, suite],
      ] as const) {
        // Initialising would end the state that is looked at.
        if (replica === uninitialized && route === 'POST /admin/v1/init') row.push('201');
        else row.push(await attempt(replica, route, from));
      }
      rows.push(row);
    }
    const text = head + markdown([['route', 'sealed', 'not initialised', 'database away'], ...rows]);
    if (process.env['KMS_SEALED_TABLE'] === 'write') writeFileSync(table, text);
    expect(readFileSync(table, 'utf8')).toBe(text);
    expect((await uninitialized.call('POST', '/admin/v1/init', { identity: 'ops', body: {} })).status).toBe(201);
  }, 120_000);

  it('answers routes for web pages as those for programs, in each state', async () => {
    for (const route of routes) {
      const twin = twinOf(route);
      if (twin === undefined) continue;
      for (const [replica, from] of [
        [sealed, suite],
        [cutOff, suite],
      ] as const)
        expect({ route, answer: await attempt(replica, route, from) }).toEqual({
          route,
          answer: await attempt(replica, twin, from),
        });
    }
  }, 120_000);

  it('publishes the keys that were published before', async () => {
    const published = () => sealed.call('GET', `${api}/${id}/jwks`, { token });
    const before = (await published()).body;
    expect(before.keys).toHaveLength(1);
    await sealed.unseal(sealed.shares.slice(0, 3));
    expect((await published()).body).toEqual(before);
    await sealed.call('POST', '/admin/v1/seal', { identity: 'ops' });
  });

  it('refuses a call before its body is judged, but not before its caller is', async () => {
    expect(await sealed.call('POST', `${api}/${id}/encrypt`, { token, body: { nonsense: 1 } })).toMatchObject({
      status: 503,
    });
    expect(await sealed.call('POST', `${api}/${id}/encrypt`, { body: { nonsense: 1 } })).toMatchObject({ status: 401 });
  });
});

/** The route for programs that a route for web pages repeats. */
const twinOf = (route: string): string | undefined =>
  route.includes(' /browser/') && !route.endsWith('/csrf-token')
    ? route.replace(' /browser/', ' /service/')
    : undefined;

const pathOf = (route: string) => route.split(' ')[1]!;
const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

/** A table as prettier writes it. */
function markdown(rows: string[][]): string {
  const cells = rows.map((row, at) => row.map((cell, column) => (at === 0 || column > 0 ? cell : `\`${cell}\``)));
  const widths = cells[0]!.map((_, column) => Math.max(...cells.map((row) => row[column]!.length)));
  const line = (row: string[]) => `| ${row.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |\n`;
  const [first, ...rest] = cells;
  return line(first!) + line(widths.map((width) => '-'.repeat(width))) + rest.map(line).join('');
}
