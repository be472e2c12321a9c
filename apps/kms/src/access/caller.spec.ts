import { isTenant } from '@cryptoutil/oauth';
import { describe, expect, it } from '@jest/globals';
import { keysMadeAtUnseal } from '../internal-identities/internal-identities.js';
import { tokenCaller } from './caller.js';

const token = { sub: 'alice', client_id: 'web', scope: new Set<string>() };

describe('caller with an access token', () => {
  it('works in the tenant that the token names, and without one in the default tenant', () => {
    const note = {};
    expect(tokenCaller({ ...token, tenant: 'acme' }, note)).toMatchObject({ tenant: 'acme' });
    expect(note).toMatchObject({ tenant: 'acme' });
    expect(tokenCaller(token, {}).tenant).toBe('default');
  });

  it.each(Object.keys(keysMadeAtUnseal))('never works in the tenant of the service %s', (tenant) => {
    expect(isTenant(tenant)).toBe(false);
  });
});
