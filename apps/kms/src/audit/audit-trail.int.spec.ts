import { EventEmitter } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createLogger } from '@cryptoutil/telemetry';
import { AuditTrail, auditTrail } from './audit-trail.js';
import { type KmsSuite, type Replica, allScopes, api, bytes, kmsSuite } from '../../test/kms-suite.fixture.js';

describe('the audit trail', () => {
  let suite: KmsSuite;
  let kms: Replica & { shares: string[] };
  let token: string;
  let key: { id: string; current_kid: string };
  beforeAll(async () => {
    suite = await kmsSuite();
    kms = await suite.startUnsealed();
    token = await suite.issuer.token(allScopes);
    key = (await kms.call('POST', api, { token, body: { name: 'audited', algorithm: 'A256GCM' } })).body;
  });
  afterAll(() => suite.close());

  const events = () => kms.lines.flatMap(({ audit }) => (audit ? [audit as Record<string, unknown>] : []));
  /** The event of a call, found by the request id that the call brought along. */
  const eventOf = async (method: string, path: string, options: Parameters<Replica['call']>[2] = {}) => {
    const requestId = `audit-test-${events().length}-${kms.lines.length}`;
    await kms.call(method, path, { ...options, headers: { 'x-request-id': requestId } });
    // The next answer on this replica comes after the event of the one before was written.
    await kms.call('GET', '/admin/v1/livez');
    return events().find((event) => event['request_id'] === requestId);
  };

  it('has who, key, version, operation, outcome and request id of each operation', async () => {
    expect(
      await eventOf('POST', `${api}/${key.id}/encrypt`, { token, body: { plaintext: bytes('secret words') } }),
    ).toEqual({
      who: 'user:alice client:web',
      tenant: 'default',
      operation: 'encrypt',
      key_id: key.id,
      version: 1,
      outcome: 'success',
      status: 200,
      request_id: expect.any(String),
    });
  });

  it('has calls of services under their identity, and batches with their counts', async () => {
    const { items } = (await kms.call('GET', api, { identity: 'authz' })).body;
    const body = { items: [{ signing_input: bytes('x') }, { signing_input: '*' }] };
    expect(await eventOf('POST', `${api}/${items[0].id}/sign:batch`, { identity: 'authz', body })).toMatchObject({
      who: 'identity:authz',
      tenant: 'authz',
      operation: 'sign',
      items: 2,
      refused_items: 1,
      outcome: 'success',
    });
  });

  it.each<
    [string, (call: { id: string }) => [string, string, Parameters<Replica['call']>[2]], Record<string, unknown>]
  >([
    [
      'without a token',
      ({ id }) => ['POST', `${api}/${id}/encrypt`, { body: {} }],
      { outcome: 'denied', status: 401, who: expect.stringMatching(/^address:/) },
    ],
    [
      'with a foreign tenant’s key',
      ({ id }) => ['GET', `${api}/${id}`, { identity: 'rs' }],
      { outcome: 'denied', status: 404, who: 'identity:rs', refusal: 'key_not_found' },
    ],
    [
      'with an operation that is not the identity’s',
      ({ id }) => ['POST', `${api}/${id}/rotate`, { identity: 'authz' }],
      { outcome: 'denied', status: 403 },
    ],
    [
      'to an admin route',
      () => ['POST', '/admin/v1/seal', { identity: 'authz' }],
      { outcome: 'denied', status: 403, who: 'identity:authz' },
    ],
    [
      'to initialise again',
      () => ['POST', '/admin/v1/init', { identity: 'ops', body: {} }],
      { outcome: 'failed', status: 409, operation: 'init', refusal: 'already_initialized' },
    ],
    [
      'with a body that is no JSON',
      ({ id }) => ['POST', `${api}/${id}/encrypt`, { body: '{', token }],
      { outcome: 'failed', status: 400 },
    ],
    [
      'with a name without end, of which the beginning is kept',
      () => ['POST', `${api}/${'x'.repeat(9_000)}/encrypt`, { body: { plaintext: bytes('x') }, token }],
      { outcome: 'denied', status: 404, key_id: expect.stringMatching(/^x{300}…$/) },
    ],
    [
      'at a path without end, of which the beginning is kept',
      () => ['GET', `/service/${'x'.repeat(9_000)}`, {}],
      { outcome: 'denied', status: 404, operation: expect.stringMatching(/^GET \/service\/x{287}…$/) },
    ],
    [
      'to a route that does not exist',
      () => ['GET', '/service/api/v1/nothing', {}],
      { outcome: 'denied', status: 404 },
    ],
  ])('has calls that were turned away: %s', async (_, call, expected) => {
    expect(await eventOf(...call(key))).toMatchObject(expected);
  });

  it('has unsealing and sealing, and no share', async () => {
    expect(await eventOf('POST', '/admin/v1/seal', { identity: 'ops' })).toMatchObject({
      who: 'identity:ops',
      operation: 'seal',
      outcome: 'success',
    });
    expect(await eventOf('POST', '/admin/v1/unseal', { body: { share: 'kms1-00000000-3of5-t3-' } })).toMatchObject({
      operation: 'unseal',
      outcome: 'failed',
      refusal: 'share_invalid',
    });
    await kms.unseal(kms.shares.slice(0, 3));
    expect(await eventOf('GET', `${api}/${key.id}`, { token })).toMatchObject({
      operation: 'read',
      outcome: 'success',
    });
  });

  it('and the log beside it never hold plaintext, tokens or shares', () => {
    const everything = JSON.stringify(kms.lines);
    for (const secret of [
      bytes('secret words'),
      'secret words',
      token,
      token.split('.')[2]!,
      ...kms.shares.map((share) => share.split('-')[4]!),
    ]) {
      expect(everything).not.toContain(secret);
    }
  });

  it('does not depend on the level of the log', () => {
    const lines: string[] = [];
    const logger = createLogger({
      service: 'kms',
      level: 'error',
      destination: { write: (line: string) => lines.push(line) },
    });
    const response = Object.assign(new EventEmitter(), { statusCode: 200, getHeader: () => 'request-1' });
    const request = { path: '/service/x', method: 'GET', socket: { remoteAddress: '192.0.2.1' } };
    const queue = { add: () => undefined, flush: () => Promise.resolve() };
    auditTrail(new AuditTrail(logger, queue, 5))(request as never, response as never, () => undefined);
    response.emit('close');
    expect(lines.map((line) => JSON.parse(line).audit)).toEqual([
      {
        who: 'address:192.0.2.1',
        operation: 'GET /service/x',
        outcome: 'success',
        status: 200,
        request_id: 'request-1',
      },
    ]);
  });
});
