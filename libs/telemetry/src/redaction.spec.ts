import { describe, expect, it } from '@jest/globals';
import { Secret } from '@cryptoutil/crypto';
import { isSecretName, redact, redactText } from './redaction.js';

const REDACTED = '[redacted]';

describe('isSecretName', () => {
  it.each([
    ...['authorization', 'Authorization', 'proxy-authorization', 'cookie', 'Set-Cookie', 'DPoP'],
    ...[
      'password',
      'new_password',
      'newPassword',
      'client_secret',
      'clientSecret',
      'token',
      'access_token',
      'refreshToken',
      'csrf_token',
    ],
    ...[
      'code',
      'device_code',
      'user_code',
      'code_verifier',
      'login_verifier',
      'login_challenge',
      'client_assertion',
      'id_token_hint',
    ],
    ...['share', 'plaintext', 'private_key', 'privateKeyPem', 'otp', 'recovery_code'],
  ])('hides %s', (name) => {
    expect(isSecretName(name)).toBe(true);
  });

  it.each([
    'status_code',
    'error_code',
    'code_challenge',
    'token_type',
    'token_endpoint',
    'client_id',
    'sub',
    'kid',
    'cookies_enabled',
  ])('shows %s', (name) => {
    expect(isSecretName(name)).toBe(false);
  });
});

describe('redactText', () => {
  it.each([
    ['Authorization: Bearer abcdefghijkl', 'Authorization: Bearer [redacted]'],
    ['DPoP abc.def-ghi_jkl=', 'DPoP [redacted]'],
    ['got eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln here', 'got [redacted] here'],
    ['GET /cb?code=s3cr3t&state=x', 'GET /cb?code=[redacted]&state=x'],
    ['grant_type=refresh_token&refresh_token=abc', 'grant_type=refresh_token&refresh_token=[redacted]'],
    ['-----BEGIN EC PRIVATE KEY-----\nMHc\n-----END EC PRIVATE KEY-----\nrest', '[redacted]\nrest'],
    ['-----BEGIN PRIVATE KEY-----\ncut off', '[redacted]'],
    ['the bearer of bad news', 'the bearer of bad news'],
    ['status code=', 'status code='],
  ])('%j → %j', (text, safe) => {
    expect(redactText(text)).toBe(safe);
  });

  it('cuts a text that is very long', () => {
    expect(redactText('x'.repeat(100_000))).toHaveLength(8193);
  });
});

describe('redact', () => {
  it('finds secret names at any depth, in maps and in lists', () => {
    const value = {
      a: [{ b: { client_secret: 's', kept: 1 } }],
      map: new Map([['password', 'p']]),
      set: new Set(['Bearer abcdefgh']),
    };
    expect(redact(value)).toEqual({
      a: [{ b: { client_secret: REDACTED, kept: 1 } }],
      map: { password: REDACTED },
      set: ['Bearer [redacted]'],
    });
  });

  it('hides the private members of a JSON Web Key and shows the public ones (RFC 7518 §6)', () => {
    const key = { kty: 'EC', crv: 'P-256', x: 'x', y: 'y', d: 'private', kid: '1' };
    expect(redact({ key })).toEqual({ key: { ...key, d: REDACTED } });
    expect(redact({ kty: 'oct', k: 'private' })).toEqual({ kty: 'oct', k: REDACTED });
    expect(redact({ d: 'no key' })).toEqual({ d: 'no key' });
  });

  it('shows an error by type, message, code and cause, without what drivers hang on it', () => {
    const error = Object.assign(new Error('query with token=abc failed'), { code: '23505', parameters: ['hunter2'] });
    const safe = redact(new Error('outer', { cause: error })) as { cause: object };
    expect(safe).toMatchObject({ type: 'Error', message: 'outer' });
    expect(safe.cause).toMatchObject({ type: 'Error', message: 'query with token=[redacted] failed', code: '23505' });
    expect(JSON.stringify(safe)).not.toMatch(/hunter2|abc/);
    expect(redact(new AggregateError([error], 'all'))).toMatchObject({ errors: [{ code: '23505' }] });
  });

  it('never opens a Secret or bytes', () => {
    expect(redact({ key: Secret.fromText('s'), raw: Buffer.from('secret'), view: new ArrayBuffer(3) })).toEqual({
      key: REDACTED,
      raw: '[6 bytes]',
      view: '[3 bytes]',
    });
  });

  it('ends on circles, depth and width', () => {
    const circle: Record<string, unknown> = {};
    circle.self = circle;
    expect(redact(circle)).toEqual({ self: '[circular]' });
    let deep: unknown = 'end';
    for (let level = 0; level < 20; level += 1) deep = { deep };
    expect(JSON.stringify(redact(deep))).toContain('[deep]');
    expect(redact(Array(1000).fill(1))).toHaveLength(100);
  });

  it('keeps plain values', () => {
    const at = new Date(0);
    expect(
      redact({
        n: 1,
        big: 2n,
        yes: true,
        none: null,
        at,
        url: new URL('https://a/b?code=x'),
        f: () => 1,
        u: undefined,
      }),
    ).toEqual({
      ...{ n: 1, big: '2', yes: true, none: null, at, url: 'https://a/b?code=[redacted]' },
    });
  });
});
