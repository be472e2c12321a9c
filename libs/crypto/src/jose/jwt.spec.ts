import { beforeAll, describe, expect, test } from '@jest/globals';
import { randomBytes } from '../random.js';
import { createJwksResolver, type Jwks } from './jwks.js';
import { publicJwk } from './jwk.js';
import { signJws, signJwt } from './jws.js';
import { JwtInvalid, type JwtInvalidReason } from './jwt-invalid.js';
import { verifyJwt, type VerifyJwtOptions } from './jwt.js';
import { generateMaterial, importMaterial, type KeyMaterial } from './material.js';

const NOW = 1_800_000_000;
const good = { iss: 'https://issuer.example', aud: 'https://rs.example', sub: 'alice', exp: NOW + 60, iat: NOW };
let key: KeyMaterial;
let other: KeyMaterial;
let jwks: Jwks;
let options: VerifyJwtOptions;
beforeAll(async () => {
  key = importMaterial('ES256', await generateMaterial('ES256'));
  other = importMaterial('ES256', await generateMaterial('ES256'));
  jwks = { keys: [{ ...publicJwk(key), kid: 'k1' }] };
  options = {
    jwks,
    issuer: good.iss,
    audience: good.aud,
    typ: 'at+jwt',
    algorithms: ['ES256', 'RS256'],
    clock: () => NOW * 1000,
  };
});

const token = (claims: object = {}, { typ = 'at+jwt', kid = 'k1', by = key } = {}) =>
  signJws(by, Buffer.from(JSON.stringify({ ...good, ...claims })), { kid, typ });
const reasonOf = async (
  jwt: string,
  changed: Partial<VerifyJwtOptions> = {},
): Promise<JwtInvalidReason | 'accepted'> => {
  try {
    await verifyJwt(jwt, { ...options, ...changed });
    return 'accepted';
  } catch (error) {
    if (error instanceof JwtInvalid) return error.reason;
    throw error;
  }
};

describe('verifyJwt', () => {
  test('gives the claims of a good token', async () => {
    expect(await verifyJwt(await token(), options)).toEqual(good);
    expect(await verifyJwt(await signJwt(key, good, { kid: 'k1', typ: 'at+jwt' }), options)).toEqual(good);
  });

  test('has no effect on prototypes: __proto__ is a claim like another', async () => {
    const jwt = await signJws(key, Buffer.from(JSON.stringify(good).replace('{', '{"__proto__":{"admin":true},')), {
      kid: 'k1',
      typ: 'at+jwt',
    });
    const claims = await verifyJwt(jwt, options);
    expect(Object.getPrototypeOf(claims)).toBe(Object.prototype);
    expect(({} as { admin?: boolean }).admin).toBeUndefined();
  });

  test.each<[string, object, JwtInvalidReason]>([
    ['a foreign issuer', { iss: 'https://issuer.example/' }, 'issuer'],
    ['an issuer that is no text', { iss: [good.iss] }, 'issuer'],
    ['no issuer', { iss: undefined }, 'issuer'],
    ['a foreign aud', { aud: 'https://other.example' }, 'audience'],
    ['an aud that only begins alike', { aud: `${good.aud}.evil.example` }, 'audience'],
    ['no aud', { aud: undefined }, 'audience'],
    ['an array aud, even of one (threat 13)', { aud: [good.aud] }, 'audience'],
    ['an array aud with foreign members', { aud: [good.aud, 'https://other.example'] }, 'audience'],
    ['no exp', { exp: undefined }, 'claims'],
    ['an exp that is text', { exp: String(NOW + 60) }, 'claims'],
    ['an exp that is null', { exp: null }, 'claims'],
    ['a negative exp', { exp: -1 }, 'claims'],
    ['an exp beyond numbers', { exp: 1e999 }, 'claims'],
    ['an exp in the past', { exp: NOW - 1 }, 'expired'],
    ['an exp of this very second', { exp: NOW }, 'expired'],
    ['an nbf 11 s ahead (FAPI 2.0 §5.3.2.1)', { nbf: NOW + 11 }, 'not_yet_valid'],
    ['an iat 60 s ahead', { iat: NOW + 60 }, 'not_yet_valid'],
    ['an iat that is text', { iat: 'now' }, 'claims'],
    ['an nbf that is null', { nbf: null }, 'claims'],
  ])('refuses %s', async (_, claims, reason) => {
    expect(await reasonOf(await token(claims))).toBe(reason);
  });

  test('accepts nbf and iat up to 10 s ahead, and tokens without them', async () => {
    expect(await reasonOf(await token({ nbf: NOW + 10, iat: NOW + 10 }))).toBe('accepted');
    expect(await reasonOf(await token({ iat: undefined }))).toBe('accepted');
  });

  test('accepts a list in aud only when told to, and only with the audience in it', async () => {
    const list = { allowAudienceList: true };
    expect(await reasonOf(await token({ aud: [good.aud, 'x'] }), list)).toBe('accepted');
    expect(await reasonOf(await token(), list)).toBe('accepted');
    expect(await reasonOf(await token({ aud: ['x'] }), list)).toBe('audience');
    expect(await reasonOf(await token({ aud: [good.aud, 7] }), list)).toBe('audience');
    expect(await reasonOf(await token({ aud: {} }), list)).toBe('audience');
  });

  test('refuses another typ or none (RFC 8725 §3.11), and compares without case (RFC 7515 §4.1.9)', async () => {
    expect(await reasonOf(await token({}, { typ: 'JWT' }))).toBe('type');
    expect(await reasonOf(await signJws(key, Buffer.from(JSON.stringify(good)), { kid: 'k1' }))).toBe('type');
    expect(await reasonOf(await token({}, { typ: 'AT+JWT' }))).toBe('accepted');
    expect(await reasonOf(await token({}, { typ: 'application/at+jwt' }))).toBe('accepted');
    expect(await reasonOf(await token(), { typ: 'application/at+jwt' })).toBe('accepted');
    expect(await reasonOf(await token({}, { typ: 'text/at+jwt' }))).toBe('type');
    expect(await reasonOf(await token({}, { typ: 'JWT' }), { typ: null })).toBe('accepted');
  });

  test('refuses algorithms that are not listed, before it looks for a key', async () => {
    const neverAsked = () => {
      throw new Error('asked for a key');
    };
    expect(await reasonOf(await token(), { algorithms: ['PS256'], jwks: neverAsked })).toBe('algorithm');
    const none = `${Buffer.from('{"alg":"none","typ":"at+jwt"}').toString('base64url')}.${Buffer.from(JSON.stringify(good)).toString('base64url')}.`;
    expect(await reasonOf(none)).toBe('algorithm');
    expect(await reasonOf(none, { algorithms: ['none'] })).toBe('key');
  });

  test('never verifies with a secret, though the list and the resolver allow it', async () => {
    const secret = importMaterial('HS256', randomBytes(32));
    const jwt = await token({}, { by: secret });
    expect(await reasonOf(jwt, { algorithms: ['HS256'] })).toBe('key');
    expect(await reasonOf(jwt, { algorithms: ['HS256'], jwks: () => secret })).toBe('key');
  });

  test('refuses the signature of another key under the same kid', async () => {
    expect(await reasonOf(await token({}, { by: other }))).toBe('signature');
  });

  test('refuses a key of another algorithm than the header names', async () => {
    const eddsa = importMaterial('EdDSA', await generateMaterial('EdDSA'));
    expect(await reasonOf(await token(), { jwks: () => eddsa })).toBe('algorithm');
  });

  test('refuses an embedded key (threat 13)', async () => {
    const header = { alg: 'ES256', typ: 'at+jwt', jwk: publicJwk(other) };
    const [, ...rest] = (await token({}, { by: other })).split('.');
    expect(await reasonOf([Buffer.from(JSON.stringify(header)).toString('base64url'), ...rest].join('.'))).toBe(
      'header',
    );
  });

  test.each(['../../etc/passwd', "' OR 1=1", '__proto__', 'k1\u0000', 'K1', ''])(
    'finds no key for the kid %j',
    async (kid) => {
      expect(await reasonOf(await token({}, { kid }))).toBe('key');
    },
  );

  test('refuses what is no JWT: payloads that are no object, and tokens that are too long', async () => {
    for (const payload of ['[]', '"text"', 'null', '7', '{']) {
      expect(await reasonOf(await signJws(key, Buffer.from(payload), { kid: 'k1', typ: 'at+jwt' }))).toBe('malformed');
    }
    expect(await reasonOf(await token({ filler: 'x'.repeat(16_384) }))).toBe('too_long');
    expect(await reasonOf(await token(), { maxLength: 100 })).toBe('too_long');
    expect(await reasonOf('a.b')).toBe('malformed');
    expect(await reasonOf(undefined as unknown as string)).toBe('malformed');
  });

  test('passes on what the resolver throws: not finding out is not the token’s fault', async () => {
    const failure = new Error('the issuer cannot be reached');
    await expect(verifyJwt(await token(), { ...options, jwks: () => Promise.reject(failure) })).rejects.toBe(failure);
  });

  test('uses the real time when no clock is given', async () => {
    const seconds = Math.floor(Date.now() / 1000);
    const claims = { exp: seconds + 60, iat: seconds };
    expect(await reasonOf(await token(claims), { clock: undefined })).toBe('accepted');
  });

  test('names the reason in its message, and nothing of the token', () => {
    expect(new JwtInvalid('not_yet_valid').message).toBe('The token was refused: not yet valid.');
  });
});

describe('createJwksResolver', () => {
  const jwk = (material: KeyMaterial, kid?: string) => ({
    ...publicJwk(material),
    ...(kid === undefined ? {} : { kid }),
  });

  test('finds a key by kid and keeps it', () => {
    const resolve = createJwksResolver({ keys: [jwk(other, 'k2'), jwk(key, 'k1')] });
    const found = resolve({ alg: 'ES256', kid: 'k1' }) as KeyMaterial;
    expect(found.publicKey!.equals(key.publicKey!)).toBe(true);
    expect(resolve({ alg: 'ES256', kid: 'k1' })).toBe(found);
  });

  test('without kid finds the one key that fits, and none of two', () => {
    expect(createJwksResolver({ keys: [jwk(key)] })({ alg: 'ES256' })).toBeDefined();
    expect(createJwksResolver({ keys: [jwk(key), jwk(other)] })({ alg: 'ES256' })).toBeUndefined();
  });

  test('passes over keys that cannot be used instead of failing', () => {
    const broken = [
      {},
      { kty: 'EC', kid: 'k1' },
      { kty: 'oct', k: 'AAAA', kid: 'k1' },
      { ...jwk(other, 'k1'), use: 'enc' },
    ];
    const resolve = createJwksResolver({ keys: [...broken, jwk(key, 'k1')] });
    expect((resolve({ alg: 'ES256', kid: 'k1' }) as KeyMaterial).publicKey!.equals(key.publicKey!)).toBe(true);
  });

  test('has no keys for unknown, symmetric and encryption algorithms', () => {
    const resolve = createJwksResolver({ keys: [jwk(key, 'k1')] });
    for (const alg of ['none', 'HS256', 'A256GCM', 'constructor']) expect(resolve({ alg, kid: 'k1' })).toBeUndefined();
  });
});
