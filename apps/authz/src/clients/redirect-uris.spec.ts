import { describe, expect, it } from '@jest/globals';
import { isRegisteredRedirect } from './redirect-uris.js';

const registered = ['https://client.example/cb', 'http://127.0.0.1/cb', 'http://[::1]:4000/cb?x=1'];

describe('isRegisteredRedirect (RFC 9700 §4.1, RFC 8252 §7.3)', () => {
  it.each([
    'https://client.example/cb',
    'http://127.0.0.1/cb',
    'http://127.0.0.1:1/cb',
    'http://127.0.0.1:65535/cb',
    'http://[::1]:9/cb?x=1',
  ])('accepts %s', (uri) => expect(isRegisteredRedirect(uri, registered)).toBe(true));

  it.each([
    'https://client.example:444/cb',
    'https://client.example/cb/',
    'https://client.example/cb?',
    'https://CLIENT.example/cb',
    'https://client.example/cb#fragment',
    'https://client.example/x/../cb',
    'https://client.example/..;/cb',
    'https://client.example/%63b',
    'https://client.example@evil.example/cb',
    'https://client.example.evil.example/cb',
    'https://clientxexample/cb',
    'http://client.example/cb',
    'http://localhost:9/cb',
    'http://127.0.0.1.evil.example/cb',
    'http://127.0.0.1:80@evil.example/cb',
    'http://127.0.0.1:evil/cb',
    'http://127.0.0.1:123456/cb',
    'http://127.0.0.1:/cb',
    'http://user@127.0.0.1/cb',
    'http://127.0.0.1/other',
    'http://127.1/cb',
    'http://[::1]:9/cb?x=2',
    'https://127.0.0.1/cb',
    'javascript:alert(1)',
    '',
  ])('refuses %s', (uri) => expect(isRegisteredRedirect(uri, registered)).toBe(false));

  it('refuses everything for a client without redirect URIs', () => {
    expect(isRegisteredRedirect('https://client.example/cb', undefined)).toBe(false);
  });
});
