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
    ['/orders/', 'GET', ['one', 'read']],
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
    '/files/%61',
    '/files/a%2Db',
    '/files/%2561',
    '/files/..;/admin',
    '/files/a;v=1',
    '/files/a%3Bv=1',
    '/files/a%00',
    '/files/a%7F',
  ])('%s falls under no pattern', (path) => {
    expect(table.scopesFor(A + path, 'GET')).toBeUndefined();
  });

  describe('a pattern beside narrower ones', () => {
    const overlapping = new EndpointTable([
      { url: `${A}/api/**`, pattern: true, method: 'GET', scope: 'read' },
      { url: `${A}/api/admin/*`, pattern: true, method: '', scope: 'admin' },
      { url: `${A}/api/@root`, pattern: false, method: '', scope: 'root' },
      { url: `${A}/api/a;b`, pattern: false, method: '', scope: 'unreadable' },
    ]);

    it.each([
      ['/api/x', ['read']],
      ['/api/%C3%A9%ff', ['read']],
      ['/api/admin/1', ['read', 'admin']],
      ['/api/ADMIN/1', ['read', 'admin']],
      ['/api/admin/1/', ['read', 'admin']],
      ['/api/@root', ['root']],
      ['/api/@Root', ['read', 'root']],
      ['/api/@root/', ['read', 'root']],
      ['/api/%40root', ['read', 'root']],
    ])('does not open %s to less than what the path may be needs: %p', (path, scopes) => {
      expect(overlapping.scopesFor(A + path, 'GET')).toEqual(scopes);
    });
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
