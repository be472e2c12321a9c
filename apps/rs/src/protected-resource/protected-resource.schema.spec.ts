import { describe, expect, test } from '@jest/globals';
import { createResourceBody, listResourcesQuery, resourceId } from './protected-resource.schema.js';

const good = { name: 'a', secret_note: 'b' };

describe('createResourceBody', () => {
  test.each([
    [good],
    [{ ...good, description: 'c' }],
    [{ name: 'ä'.repeat(200), secret_note: '🔑'.repeat(2_048), description: 'x'.repeat(2_000) }],
  ])('accepts %j', (body) => {
    expect(createResourceBody.safeParse(body).success).toBe(true);
  });

  test.each([
    ['no name', { secret_note: 'b' }],
    ['an empty name', { ...good, name: '' }],
    ['a name beyond 200 characters', { ...good, name: 'a'.repeat(201) }],
    ['a name that is no text', { ...good, name: ['a'] }],
    ['no secret note', { name: 'a' }],
    ['a secret note beyond 4096 characters', { ...good, secret_note: 'a'.repeat(4_097) }],
    ['a description of null', { ...good, description: null }],
    ['NUL, which PostgreSQL cannot hold', { ...good, name: 'a\0' }],
    ['a lone surrogate, which would come back changed', { ...good, secret_note: '\ud800' }],
    ['a member it does not know', { ...good, owner: 'user:mallory' }],
    ['a prototype member', JSON.parse('{"name":"a","secret_note":"b","__proto__":{"owner":"x"}}')],
    ['a list', [good]],
  ])('refuses %s', (_, body) => {
    expect(createResourceBody.safeParse(body).success).toBe(false);
  });
});

describe('listResourcesQuery', () => {
  test('asks for 50 by default', () => {
    expect(listResourcesQuery.parse({})).toEqual({ limit: 50 });
  });

  test.each([
    [{ limit: '0' }],
    [{ limit: '101' }],
    [{ limit: 'x' }],
    [{ limit: ['1', '2'] }],
    [{ cursor: 'x' }],
    [{ page: '2' }],
  ])('refuses %j', (query) => {
    expect(listResourcesQuery.safeParse(query).success).toBe(false);
  });
});

describe('resourceId', () => {
  test('is a UUID, compared without case', () => {
    expect(resourceId.parse('0198D1C0-0000-7000-8000-00000000000A')).toBe('0198d1c0-0000-7000-8000-00000000000a');
    expect(resourceId.safeParse("' OR 1=1 --").success).toBe(false);
  });
});
