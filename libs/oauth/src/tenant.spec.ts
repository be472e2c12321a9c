import { describe, expect, it } from '@jest/globals';
import { DEFAULT_TENANT, isTenant } from './tenant.js';

describe('tenant', () => {
  it.each([DEFAULT_TENANT, 'acme', '7', 'a-1', 'a'.repeat(63)])('can be called %j', (name) => {
    expect(isTenant(name)).toBe(true);
  });

  it.each(['', '-a', 'a-', 'Acme', 'a.b', 'a/b', 'a b', 'a\n', 'ä', 'a'.repeat(64)])('cannot be called %j', (name) => {
    expect(isTenant(name)).toBe(false);
  });

  it.each(['authz', 'idp', 'rs', 'kms', 'ops'])('of tokens is never that of the service %s', (name) => {
    expect(isTenant(name)).toBe(false);
  });
});
