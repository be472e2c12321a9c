import { describe, expect, test } from '@jest/globals';
import { TestIssuer, issuer } from '../fixtures/issuer.js';
import { AuthorizationServerUnavailable } from './errors.js';
import { requestJson } from './json-endpoint.js';

const peer = new TestIssuer();
const ask = (form?: Record<string, string>) =>
  requestJson(`${issuer}/x`, { dispatcher: peer.agent, form, timeoutMs: 1_000, maximumBytes: 1_000 });

describe('requestJson', () => {
  test.each([
    ['max-age=120', 120],
    ['public, Max-Age=7, must-revalidate', 7],
    ['max-age="30"', 30],
    ['max-age=120, no-store', 0],
    ['no-cache', 0],
    ['max-age=-1', undefined],
    ['max-age=abc', undefined],
    ['s-maxage=3', undefined],
    ['', undefined],
  ])('Cache-Control %j allows %s seconds (RFC 9111 §5.2.2)', async (cacheControl, seconds) => {
    peer.answer('/x', () => ({ headers: { 'cache-control': cacheControl } }));
    expect((await ask()).maxAgeSeconds).toBe(seconds);
  });

  test.each([
    ['application/json', '{"a":1}', { a: 1 }],
    ['application/json; charset=utf-8', '{"a":1}', { a: 1 }],
    ['application/jwk-set+json', '{"a":1}', { a: 1 }],
    ['text/html', '{"a":1}', undefined],
    ['application/jsonp', '{"a":1}', undefined],
    ['application/json', '<html>', undefined],
  ])('%s with %j reads as %j', async (contentType, body, expected) => {
    peer.answer('/x', () => ({ body, headers: { 'content-type': contentType } }));
    expect((await ask()).body).toEqual(expected);
  });

  test.each([429, 500, 502, 503])('status %i means unavailable', async (status) => {
    peer.answer('/x', () => ({ status, headers: { 'retry-after': '9' } }));
    await expect(ask()).rejects.toMatchObject({ name: 'AuthorizationServerUnavailable', retryAfterSeconds: 9 });
  });

  test.each([
    ['0', 1],
    ['999', 120],
    ['Wed, 21 Oct 2026 07:28:00 GMT', 2],
  ])('Retry-After %j is taken as %i s', async (header, seconds) => {
    peer.answer('/x', () => ({ status: 503, headers: { 'retry-after': header } }));
    await expect(ask()).rejects.toMatchObject({ retryAfterSeconds: seconds });
  });

  test('an answer beyond the bound is given up', async () => {
    peer.answer('/x', () => ({ body: JSON.stringify('a'.repeat(1_000)) }));
    await expect(ask()).rejects.toThrow('exceeds 1000 bytes');
  });

  test('a broken connection means unavailable and keeps its cause', async () => {
    peer.answer('/x', () => {
      throw new Error('ECONNREFUSED');
    });
    const error = await ask().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(AuthorizationServerUnavailable);
    expect((error as Error).cause).toMatchObject({ message: 'ECONNREFUSED' });
  });

  test('redirects are not followed', async () => {
    peer.answer('/x', () => ({ status: 302, headers: { location: 'https://evil.test/' } }));
    expect((await ask()).status).toBe(302);
  });

  test('a form is sent as one, encoded', async () => {
    peer.answer('/x', (body) => ({ body: { body } }));
    expect((await ask({ token: 'a b&c' })).body).toEqual({ body: 'token=a+b%26c' });
  });
});
