import { describe, expect, it } from '@jest/globals';
import { isPattern } from './endpoint-pattern.js';
import { EndpointTable } from './endpoint-table.js';

const A = 'https://api.example';
const table = new EndpointTable([
  { url: `${A}/users`, pattern: false, method: '', scope: 'users' },
  { url: `${A}/users?all=1`, pattern: false, method: '', scope: 'all-users' },
  { url: `${A}/orders`, pattern: false, method: 'GET', scope: 'read' },
  { url: `${A}/orders`, pattern: false, method: 'POST', scope: 'write' },
  { url: `${A}/orders/*`, pattern: true, method: '', scope: 'one' },
  { url: `${A}/files/**`, pattern: true, method: 'GET', scope: 'files' },
  { url: `${A}/literal/*`, pattern: false, method: '', scope: 'literal' },
]);

describe('the endpoints', () => {
  it.each<[string, string | undefined, string[] | undefined]>([
    ['/users', undefined, ['users']],
    ['/users', 'DELETE', ['users']],
    ['/users?page=2', undefined, ['users']],
    ['/users#x', undefined, ['users']],
    ['/users?all=1', undefined, ['all-users']],
    ['/users/', undefined, undefined],
    ['/USERS', undefined, undefined],
    ['/orders', 'GET', ['read']],
    ['/orders', 'POST', ['write']],
    ['/orders', 'DELETE', undefined],
    ['/orders', undefined, ['read', 'write']],
    ['/orders/1', 'GET', ['one']],
    ['/orders/1?x=/2', undefined, ['one']],
    ['/orders/1/2', undefined, undefined],
    ['/orders/', undefined, ['one']],
    ['/files/a/b/c', 'GET', ['files']],
    ['/files/a', 'PUT', undefined],
    ['/files', 'GET', undefined],
    ['/literal/1', undefined, undefined],
    ['/literal/*', undefined, ['literal']],
  ])('%s %s → %p', (path, method, scopes) => {
    expect(table.scopesFor(A + path, method)).toEqual(scopes);
  });

  it.each([
    '/files/../admin',
    '/files/%2e%2e/admin',
    '/files/a%2Fb',
    '/files//a',
    '/files/a\\b',
    '/files/./a',
    '/files/a b',
  ])('%s falls under no pattern', (path) => {
    expect(table.scopesFor(A + path, 'GET')).toBeUndefined();
  });

  it.each([
    [`${A}/*`, true],
    [`${A}/a/*/b`, true],
    [`${A}/**`, true],
    [`${A}/**/b`, false],
    [`${A}/a*`, false],
    ['https://*.example/a', false],
    ['/a/*', false],
    [`${A}/a?x=*`, false],
  ])('%s as a pattern: %p', (pattern, good) => {
    expect(isPattern(pattern)).toBe(good);
  });
});
