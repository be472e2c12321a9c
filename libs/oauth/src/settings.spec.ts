import { readSettings } from '@cryptoutil/config';
import { describe, expect, test } from '@jest/globals';
import { oauthSettings } from './settings.js';

const read = (value?: string) => readSettings({ oauth: oauthSettings() }, { CRYPTOUTIL_ISSUER: value }).oauth.issuer;

describe('oauthSettings', () => {
  test('the issuer defaults to the local authorization server and is read as authz reads it, without a trailing slash', () => {
    expect(read()).toBe('https://localhost:8080');
    expect(read('https://authz.example/tenant/')).toBe('https://authz.example/tenant');
  });

  test.each([
    'http://authz.example',
    'authz.example',
    'https://a@authz.example',
    'https://authz.example/?x',
    'https://authz.example/#',
  ])('refuses the issuer %j (RFC 8414 §2)', (issuer) => {
    expect(() => read(issuer)).toThrow('CRYPTOUTIL_ISSUER');
  });
});
