import { describe, expect, it } from '@jest/globals';
import { browserTarget, ForeignTarget } from './browser-target.js';

describe('browserTarget', () => {
  it('lets addresses of authz pass, also below a path', () => {
    expect(browserTarget('https://authz.example/resume?login_verifier=v', 'https://authz.example')).toBe(
      'https://authz.example/resume?login_verifier=v',
    );
    expect(browserTarget('https://example.com/authz/resume', 'https://example.com/authz')).toContain('/authz/resume');
  });

  it.each([
    'https://evil.example/resume',
    'https://authz.example.evil.example/resume',
    'https://authz.example@evil.example/resume',
    'https://user@authz.example/resume',
    'https://authz.example:444/resume',
    'http://authz.example/resume',
    'javascript:alert(1)',
    '//evil.example/resume',
    '/resume',
    '',
  ])('refuses %j: no open redirect', (address) => {
    expect(() => browserTarget(address, 'https://authz.example')).toThrow(ForeignTarget);
  });

  it('refuses to leave the path of authz, also by dots', () => {
    expect(() => browserTarget('https://example.com/other', 'https://example.com/authz')).toThrow(ForeignTarget);
    expect(() => browserTarget('https://example.com/authz/../other', 'https://example.com/authz')).toThrow(
      ForeignTarget,
    );
    expect(() => browserTarget('https://example.com/authzother/x', 'https://example.com/authz')).toThrow(ForeignTarget);
  });
});
