import { describe, expect, it } from '@jest/globals';
import { pageContentSecurityPolicy } from './content-security-policy.js';

describe('pageContentSecurityPolicy', () => {
  it('allows no script, no framing and forms to the own origin alone', () => {
    const policy = pageContentSecurityPolicy();
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).toContain("form-action 'self';");
    expect(policy).not.toMatch(/unsafe|script-src/);
  });

  it('adds the given form targets and refuses one that would add a directive', () => {
    expect(pageContentSecurityPolicy({ formAction: ['https://localhost:8080', 'com.example.app:'] })).toContain(
      "form-action 'self' https://localhost:8080 com.example.app:;",
    );
    for (const source of ['https://a; script-src *', 'https://a https://b', 'https://a,b', '']) {
      expect(() => pageContentSecurityPolicy({ formAction: [source] })).toThrow(TypeError);
    }
  });
});
