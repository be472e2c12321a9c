import { describe, expect, test } from '@jest/globals';
import { TestIssuer, issuer } from '../fixtures/issuer.js';
import { discoverAuthorizationServer, metadataUrls } from './authorization-server-metadata.js';

const openId = '/.well-known/openid-configuration';
const oauth = '/.well-known/oauth-authorization-server';
const good = { issuer, jwks_uri: `${issuer}/jwks` };

describe('metadataUrls', () => {
  test('appends for OpenID and inserts for RFC 8414 §3.1', () => {
    expect(metadataUrls('https://a.test')).toEqual([`https://a.test${openId}`, `https://a.test${oauth}`]);
    expect(metadataUrls('https://a.test/tenant/')).toEqual([
      `https://a.test/tenant${openId}`,
      `https://a.test${oauth}/tenant`,
    ]);
  });
});

describe('discoverAuthorizationServer', () => {
  const discover = (peer: TestIssuer) => discoverAuthorizationServer(issuer, peer.agent);

  test('takes the RFC 8414 document when there is no OpenID one', async () => {
    const peer = new TestIssuer();
    peer.answer(openId, () => ({ status: 404 }));
    peer.answer(oauth, () => ({ body: good }));
    expect(await discover(peer)).toEqual({ jwksUri: `${issuer}/jwks`, introspectionEndpoint: undefined });
  });

  test('prefers the mutual-TLS alias of introspection (RFC 8705 §5)', async () => {
    const peer = new TestIssuer();
    const mtls_endpoint_aliases = { introspection_endpoint: `${issuer}/mtls/introspect` };
    peer.answer(openId, () => ({
      body: { ...good, introspection_endpoint: `${issuer}/introspect`, mtls_endpoint_aliases },
    }));
    expect((await discover(peer)).introspectionEndpoint).toBe(`${issuer}/mtls/introspect`);
  });

  test.each([
    ['another issuer (RFC 8414 §3.3)', { body: { ...good, issuer: 'https://evil.test' } }],
    ['the issuer with a slash more', { body: { ...good, issuer: `${issuer}/` } }],
    ['no jwks_uri', { body: { issuer } }],
    ['a jwks_uri without TLS', { body: { ...good, jwks_uri: 'http://authz.test/jwks' } }],
    ['a jwks_uri that is no URL', { body: { ...good, jwks_uri: 'jwks' } }],
    ['an introspection endpoint without TLS', { body: { ...good, introspection_endpoint: 'http://authz.test/i' } }],
    ['no JSON', { body: '<html>' }],
    ['a redirect', { status: 302, body: good }],
  ])('refuses metadata with %s', async (_, answer) => {
    const peer = new TestIssuer();
    peer.answer(openId, () => answer);
    await expect(discover(peer)).rejects.toMatchObject({ name: 'AuthorizationServerUnavailable' });
  });

  test('says so when there is no document', async () => {
    const peer = new TestIssuer();
    for (const path of [openId, oauth]) peer.answer(path, () => ({ status: 404 }));
    await expect(discover(peer)).rejects.toThrow('publishes no metadata');
  });
});
