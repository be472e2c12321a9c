import { describe, expect, it } from '@jest/globals';
import { Secret } from '@cryptoutil/crypto';
import type { GatewayClient } from './client.store.js';
import { GatewaySecrets } from './gateway-secrets.js';

const secrets = new GatewaySecrets(Secret.fromText('k'.repeat(32)));
const client = (secret: string, active = true): GatewayClient => ({
  clientId: 'c',
  since: 1,
  secretHash: secrets.hash('c', secret),
  ttlSeconds: 60,
  scopes: [],
  active,
});

describe('client secrets of the Auth Service', () => {
  it('match the same way whether they were proven before or not', () => {
    const known = client('right');
    expect([1, 2, 3].map(() => secrets.matches(known, 'c', 'right'))).toEqual([true, true, true]);
    expect(secrets.matches(known, 'c', 'wrong')).toBe(false);
    expect(secrets.matches(known, 'd', 'right')).toBe(false);
    expect(secrets.matches(known, 'c', '')).toBe(false);
  });

  it('are forgotten when the client is read anew: the old secret is refused, the new one accepted', () => {
    const before = client('one');
    expect(secrets.matches(before, 'c', 'one')).toBe(true);
    const after = client('two');
    expect([secrets.matches(after, 'c', 'one'), secrets.matches(after, 'c', 'two')]).toEqual([false, true]);
  });

  it('of an inactive client never match, also after the first time', () => {
    const inactive = client('right', false);
    expect([1, 2].map(() => secrets.matches(inactive, 'c', 'right'))).toEqual([false, false]);
  });

  it('of nobody never match', () => {
    expect(secrets.matches(undefined, '', '')).toBe(false);
    expect(secrets.matches(undefined, 'c', 'right')).toBe(false);
  });
});
