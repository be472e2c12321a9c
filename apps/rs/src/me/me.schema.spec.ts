import { describe, expect, test } from '@jest/globals';
import { meBody, meOf } from './me.schema.js';

test('the claims go out under their registered names, scope as one text (RFC 6749 §3.3)', () => {
  const claims = {
    ...{
      sub: 'alice',
      client_id: 'web',
      iss: 'https://authz.test',
      aud: ['https://rs.test'],
      exp: 2,
      iat: 1,
      jti: 'j',
    },
    ...{ scope: new Set(['openid', 'read:resource']), source: 'jwt' as const },
  };
  const body = meOf(claims);
  expect(body).toEqual({ ...claims, scope: 'openid read:resource' });
  expect(meBody.parse(body)).toEqual(body);
});

describe('meOf', () => {
  test('a token without scope has an empty one', () => {
    const claims = {
      sub: 'a',
      client_id: 'a',
      iss: 'i',
      aud: [],
      exp: 2,
      scope: new Set<string>(),
      source: 'introspection' as const,
    };
    expect(meOf(claims).scope).toBe('');
  });
});
