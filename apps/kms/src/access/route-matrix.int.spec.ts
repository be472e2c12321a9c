import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type Answer,
  type KmsSuite,
  type Replica,
  adminScopes,
  api,
  browserHeaders,
  bytes,
  documentedRoutes,
  kmsSuite,
} from '../../test/kms-suite.fixture.js';

const UNKNOWN = '0198c000-0000-7000-8000-000000000000';

/** A good body for each route that has one, by the end of its path. A new route without one answers 400 instead of 404 and fails. */
const bodies: Record<string, unknown> = {
  '/elastic-keys/{id}': { description: 'x' },
  '/aliases': { alias: 'x' },
  '/grants': { grantee: { subject: 'x' }, operations: ['read'] },
  '/encrypt': { plaintext: bytes('x') },
  '/decrypt': { jwe: 'x' },
  '/rewrap': { jwe: 'x' },
  '/sign': { payload: bytes('x') },
  '/verify': { jws: 'x' },
  '/mac': { data: bytes('x') },
  '/mac-verify': { data: bytes('x'), mac: bytes('x'), kid: 'x' },
  '/generate': { kind: 'oct-256' },
  '/data-key': {},
  '/import': { wrapping_key_id: UNKNOWN, encrypted_key: bytes('x'), wrapped_material: bytes('x') },
  '/derive': { info: bytes('x') },
};
const bodyOf = (method: string, path: string): unknown => {
  if (method === 'GET' || method === 'DELETE') return undefined;
  const batch = path.endsWith(':batch');
  const [, body] = Object.entries(bodies).find(([end]) => path.replace(/:batch$/, '').endsWith(end)) ?? [];
  return batch ? { items: [body ?? {}] } : body;
};

/** Several at once: the routes have nothing to do with each other. */
async function each(routes: string[], work: (route: string) => Promise<void>): Promise<void> {
  for (let at = 0; at < routes.length; at += 12) await Promise.all(routes.slice(at, at + 12).map(work));
}

/** What a caller can tell an answer by. */
const seen = ({ status, headers, body }: Answer) => {
  const { date: _date, 'x-request-id': _id, ...told } = headers;
  return { status, headers: told, body: { ...body, request_id: undefined } as Record<string, unknown> };
};

describe('every documented route', () => {
  let suite: KmsSuite;
  let kms: Replica;
  let admin: string;
  let stranger: string;
  let browser: Record<string, string>;
  let strangeBrowser: Record<string, string>;
  /** A key of the tenant of tokens, and one of each service. */
  let own: string;
  const foreign: Record<string, string> = {};
  /** The same scopes in another tenant, and a key of it. */
  let elsewhere: string;
  let elsewhereBrowser: Record<string, string>;
  let theirs: string;
  let document: { paths: Record<string, Record<string, { security: Record<string, string[]>[] }>> };
  let routes: string[];
  beforeAll(async () => {
    suite = await kmsSuite();
    // Each refusal is looked for.
    kms = await suite.startUnsealed({ CRYPTOUTIL_AUDIT_STRANGER_EVENTS: '100000' });
    admin = await suite.issuer.token(adminScopes);
    stranger = await suite.issuer.token('openid');
    browser = await browserHeaders(kms, admin);
    strangeBrowser = await browserHeaders(kms, stranger);
    elsewhere = await suite.issuer.token(adminScopes, { tenant: 'acme' });
    elsewhereBrowser = await browserHeaders(kms, elsewhere);
    own = (await kms.call('POST', api, { token: admin, body: { name: 'own' } })).body.id;
    // Of the same name: names are unique in a tenant.
    theirs = (await kms.call('POST', api, { token: elsewhere, body: { name: 'own' } })).body.id;
    for (const identity of ['authz', 'idp', 'rs'])
      foreign[identity] = (await kms.call('GET', api, { identity })).body.items[0].id;
    routes = await documentedRoutes(kms);
    document = (await kms.call('GET', '/ui/swagger/doc.json')).body;
  });
  afterAll(() => suite.close());

  const split = (route: string) => route.split(' ') as [string, string];
  const securityOf = (route: string) => {
    const [method, path] = split(route);
    return document.paths[path]![method.toLowerCase()]!.security;
  };
  const call = (route: string, id: string, who: { token?: string; identity?: string; headers?: object }) => {
    const [method, path] = split(route);
    const filled = path.replace('{id}', id).replace('{version}', '1').replace('{grant}', UNKNOWN);
    return kms.call(method, filled.replace(/\{\w+\}/g, 'x'), {
      ...who,
      headers: (who.headers ?? {}) as Record<string, string>,
      body: bodyOf(method, path),
    });
  };
  const browserOf = (route: string, headers: object) => (split(route)[1].startsWith('/browser/') ? { headers } : {});
  const closed = () => routes.filter((route) => securityOf(route).length > 0);
  const withId = () => routes.filter((route) => split(route)[1].includes('{id}'));

  it('says who may call it, and all but the few that are meant for everybody say so', () => {
    expect(routes.filter((route) => securityOf(route).length === 0).sort()).toEqual([
      'GET /admin/v1/livez',
      'GET /admin/v1/readyz',
      'GET /admin/v1/seal-status',
      // A share is its own proof.
      'POST /admin/v1/rekey/verify',
      'POST /admin/v1/unseal',
    ]);
  });

  it('of the API stands under both prefixes with the same access, and none of the administration does', () => {
    const under = (prefix: string) =>
      routes
        .filter((route) => route.includes(` ${prefix}`))
        .map((route) => route.replace(prefix, ''))
        .sort();
    expect(under('/browser/api/v1').filter((route) => route !== 'GET /csrf-token')).toEqual(under('/service/api/v1'));
    for (const route of routes.filter((one) => one.includes('/browser/') && !one.endsWith('csrf-token')))
      expect(securityOf(route)).toEqual(securityOf(route.replace('/browser/', '/service/')));
  });

  it('without a token and a certificate answers 401', async () => {
    await each(closed(), async (route) => {
      const { status, headers } = await call(route, own, browserOf(route, browser));
      expect({ route, status, challenged: headers['www-authenticate'] !== undefined }).toEqual({
        route,
        status: 401,
        challenged: true,
      });
    });
  });

  it('with a token that lacks the scope answers 403 and names the scope', async () => {
    const scoped = closed().filter((route) => securityOf(route).some(({ bearer }) => (bearer ?? []).length > 0));
    expect(scoped.length).toBeGreaterThan(80);
    await each(scoped, async (route) => {
      const { status, body, headers } = await call(route, own, {
        token: stranger,
        ...browserOf(route, strangeBrowser),
      });
      expect({ route, status, code: body.code }).toEqual({ route, status: 403, code: 'insufficient_scope' });
      expect(headers['www-authenticate']).toContain('kms:');
    });
  });

  it('with the certificate of an identity that is not named answers 403, or 401 where only tokens count', async () => {
    await each(closed(), async (route) => {
      const { status } = await call(route, own, { identity: 'kms', ...browserOf(route, browser) });
      const byCertificate = securityOf(route).some(({ mutualTLS }) => mutualTLS !== undefined);
      expect({ route, status }).toEqual({ route, status: byCertificate ? 403 : 401 });
    });
  });

  it('for web pages lets no certificate in, whoever it names', async () => {
    await each(
      routes.filter((one) => one.includes('/browser/')),
      async (route) => {
        for (const identity of ['ops', 'idp']) {
          const { status } = await call(route, own, { identity, headers: browser });
          expect({ route, identity, allowed: status < 400 }).toEqual({ route, identity, allowed: false });
          expect([401, 403]).toContain(status);
        }
      },
    );
  });

  it('answers for the id of a key of another tenant as for one that is not there: 404, nothing different', async () => {
    expect(withId().length).toBeGreaterThan(70);
    await each(withId(), async (route) => {
      const who = { token: admin, ...browserOf(route, browser) };
      const unknown = seen(await call(route, UNKNOWN, who));
      expect({ route, status: unknown.status, code: unknown.body['code'] }).toEqual({
        route,
        status: 404,
        code: 'key_not_found',
      });
      for (const id of [theirs, ...Object.values(foreign)])
        expect({ route, ...seen(await call(route, id, who)) }).toEqual({ route, ...unknown });
    });
  });

  it('answers a token of another tenant so for keys of the default tenant and of services', async () => {
    await each(withId(), async (route) => {
      const who = { token: elsewhere, ...browserOf(route, elsewhereBrowser) };
      const unknown = seen(await call(route, UNKNOWN, who));
      expect({ route, status: unknown.status }).toEqual({ route, status: 404 });
      for (const id of [own, ...Object.values(foreign)])
        expect({ route, ...seen(await call(route, id, who)) }).toEqual({ route, ...unknown });
    });
  });

  it.each(['authz', 'idp', 'rs', 'kms', 'ops', '', 'Acme', 7])(
    'lets no token in that names the tenant %j',
    async (tenant) => {
      const token = await suite.issuer.token(adminScopes, { tenant });
      expect(await kms.call('GET', api, { token })).toMatchObject({ status: 401 });
    },
  );

  it('answers an internal identity so for the key of another identity and for keys of tokens', async () => {
    await each(
      withId().filter((one) => one.includes('/service/')),
      async (route) => {
        for (const identity of Object.keys(foreign)) {
          if (!securityOf(route).some(({ mutualTLS }) => mutualTLS?.includes(identity))) return;
          const unknown = seen(await call(route, UNKNOWN, { identity }));
          expect({ route, status: unknown.status }).toEqual({ route, status: 404 });
          const others = Object.entries(foreign).filter(([name]) => name !== identity);
          for (const id of [own, ...others.map(([, other]) => other)])
            expect({ route, ...seen(await call(route, id, { identity })) }).toEqual({ route, ...unknown });
        }
      },
    );
  });

  it('that lists shows nothing of another tenant, whatever is asked for', async () => {
    const lists = (id: string) => [`elastic-keys?id=${id}`, `material-keys?elastic_key_id=${id}`, `audit?key_id=${id}`];
    const asked = [theirs, ...Object.values(foreign)].map((id) => ({ token: admin, id }));
    for (const { token, id } of [...asked, { token: elsewhere, id: own }]) {
      for (const list of lists(id)) {
        const { status, body } = await kms.call('GET', `/service/api/v1/${list}`, { token });
        expect({ list, status }).toEqual({ list, status: 200 });
        expect(body.items.filter(({ event }: any) => event?.outcome !== 'denied')).toEqual([]);
      }
    }
  });

  it('is on record when it was denied: who, what and why', async () => {
    const { body } = await kms.call('GET', '/admin/v1/audit?limit=1000', { identity: 'ops' });
    const events = body.items.map(({ event }: { event: string }) => JSON.parse(event) as Record<string, unknown>);
    const denied = events.filter(({ outcome }: Record<string, unknown>) => outcome === 'denied');
    const of = (status: number, who: RegExp) =>
      denied.filter((event: any) => event.status === status && who.test(event.who)).length;
    expect(of(401, /^address:/)).toBeGreaterThan(80);
    expect(of(403, /^user:alice client:web$/)).toBeGreaterThan(80);
    expect(of(403, /^identity:kms$/)).toBeGreaterThan(20);
    expect(denied.every((event: any) => typeof event.request_id === 'string' && event.request_id !== '')).toBe(true);
  });

  it('is on record however its path is written', async () => {
    await kms.call('POST', `/SERVICE/api/v1/elastic-keys/${own}/encrypt`, {
      token: admin,
      body: { plaintext: bytes('x') },
    });
    const { body } = await kms.call('GET', `/service/api/v1/audit?key_id=${own}`, { token: admin });
    expect(body.items.some(({ event }: any) => event.operation === 'encrypt' && event.outcome === 'success')).toBe(
      true,
    );
  });
});
