import { describe, expect, test } from '@jest/globals';
import { ownerOf } from './resource-owner.js';

describe('ownerOf', () => {
  test('a client that calls itself like a user does not become that user (RFC 9700 §4.15)', () => {
    expect(ownerOf({ sub: 'alice', client_id: 'web' })).toBe('user:alice');
    expect(ownerOf({ sub: 'alice', client_id: 'alice' })).toBe('client:alice');
  });

  test('a user owns the same things through every client', () => {
    expect(ownerOf({ sub: 'alice', client_id: 'web' })).toBe(ownerOf({ sub: 'alice', client_id: 'mobile' }));
  });
});
