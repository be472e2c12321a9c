import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { randomBytes } from '../random.js';
import { algorithms, contentKeyBytes, findAlgorithm } from './algorithms.js';
import { publicJwk } from './jwk.js';
import { generateMaterial, importMaterial, importPublicJwk, KeyMaterialInvalid } from './material.js';

type AnyPair = (type: string, options: object) => { privateKey: KeyObject };
const pkcs8 = (type: string, options: object = {}) =>
  (generateKeyPairSync as unknown as AnyPair)(type, options).privateKey.export({ type: 'pkcs8', format: 'der' });

describe('algorithms', () => {
  test('has one row a name, and nothing that is forbidden', () => {
    const names = algorithms.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const forbidden of ['none', 'RSA1_5', 'RSA-OAEP', 'PBES2', 'HS1', 'ES256K']) {
      expect(algorithms.filter(({ alg }) => alg === forbidden || alg.startsWith('PBES2'))).toEqual([]);
      expect(findAlgorithm(forbidden)).toBeUndefined();
    }
  });

  test('names of object members are no algorithms', () => {
    for (const name of ['__proto__', 'constructor', 'toString', '']) expect(findAlgorithm(name)).toBeUndefined();
  });

  test('says how many messages a key may carry where IVs are random under one key (SP 800-38D §8.3)', () => {
    const limited = algorithms.filter((row) => row.kind === 'jwe' && row.messageLimit !== undefined);
    expect(limited.every(({ alg, enc }) => alg.endsWith('GCMKW') || (alg === 'dir' && enc!.endsWith('GCM')))).toBe(
      true,
    );
    expect(limited).toHaveLength(3 * 6 + 3);
    expect(contentKeyBytes('A256CBC-HS512')).toBe(64);
  });
});

describe('generateMaterial', () => {
  test('makes RSA keys of 3072 bit unless said otherwise (SP 800-57)', async () => {
    const { privateKey } = importMaterial('PS256', await generateMaterial('PS256'));
    expect(privateKey!.asymmetricKeyDetails).toMatchObject({ modulusLength: 3072, publicExponent: 65537n });
  });

  test('makes symmetric keys of the algorithm’s length', async () => {
    expect(await generateMaterial('A192KW+A256GCM')).toHaveLength(24);
    expect(await generateMaterial('HS512')).toHaveLength(64);
  });

  test('refuses an unknown name', () => {
    expect(() => generateMaterial('none')).toThrow(KeyMaterialInvalid);
  });
});

describe('importMaterial', () => {
  test.each([
    ['a key of another type', 'ES256', () => pkcs8('ed25519')],
    ['a key on another curve', 'ES256', () => pkcs8('ec', { namedCurve: 'P-384' })],
    ['a look-alike curve', 'ES256', () => pkcs8('ec', { namedCurve: 'secp256k1' })],
    ['RSA below 2048 bit', 'RS256', () => pkcs8('rsa', { modulusLength: 1024 })],
    ['Ed448 for EdDSA', 'EdDSA', () => pkcs8('ed448')],
    ['a public key', 'RS256', () => generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'der' })],
    ['random bytes', 'ES256', () => randomBytes(64)],
    ['nothing', 'ES256', () => Buffer.alloc(0)],
    ['a symmetric key that is too short', 'HS256', () => randomBytes(31)],
    ['an encryption key that is too long', 'A256GCM', () => randomBytes(33)],
  ])('refuses %s', (_, algorithm, bytes) => {
    expect(() => importMaterial(algorithm, bytes())).toThrow(KeyMaterialInvalid);
  });

  test('accepts a longer HMAC key (RFC 7518 §3.2)', () => {
    expect(importMaterial('HS256', randomBytes(64)).secretKey!.symmetricKeySize).toBe(64);
  });

  test('does not depend on the bytes afterwards', () => {
    const bytes = randomBytes(32);
    const { secretKey } = importMaterial('A256GCM', bytes);
    const before = secretKey!.export();
    bytes.fill(0);
    expect(secretKey!.export()).toEqual(before);
  });
});

describe('importPublicJwk', () => {
  const key = importMaterial('ES256', pkcs8('ec', { namedCurve: 'P-256' }));
  const jwk = publicJwk(key);

  test('accepts a public JWK, with or without use, alg and key_ops', () => {
    const { alg: _alg, use: _use, ...bare } = jwk;
    for (const form of [jwk, bare, { ...jwk, key_ops: ['verify'] }, { ...jwk, kid: 'x', x5t: 'unknown' }]) {
      const { publicKey, privateKey } = importPublicJwk('ES256', form);
      expect(publicKey!.equals(key.publicKey!)).toBe(true);
      expect(privateKey).toBeUndefined();
    }
  });

  test.each([
    ['a private member (RFC 9449 §4.2)', { ...key.privateKey!.export({ format: 'jwk' }) }],
    ['a private member without value', { ...jwk, d: undefined }],
    ['another use', { ...jwk, use: 'enc' }],
    ['another alg', { ...jwk, alg: 'ES384' }],
    ['operations without verify', { ...jwk, key_ops: ['encrypt'] }],
    ['operations that are no list', { ...jwk, key_ops: 'verify' }],
    ['another kty', { ...jwk, kty: 'RSA' }],
    ['a missing coordinate', { ...jwk, y: undefined }],
    ['an empty coordinate', { ...jwk, y: '' }],
    ['a coordinate that is not canonical base64url', { ...jwk, x: `${jwk.x as string}=` }],
    ['a coordinate that is no text', { ...jwk, x: 1 }],
    ['a point off the curve', { ...jwk, y: jwk.x }],
    ['another curve', { ...jwk, crv: 'P-384' }],
  ])('refuses %s', (_, wrong) => {
    expect(() => importPublicJwk('ES256', wrong)).toThrow(KeyMaterialInvalid);
  });

  test('never makes a public key of a symmetric one', () => {
    const oct = { kty: 'oct', k: randomBytes(32).toString('base64url') };
    expect(() => importPublicJwk('HS256', oct)).toThrow(KeyMaterialInvalid);
    expect(() => importPublicJwk('HS256', { kty: 'oct' })).toThrow(KeyMaterialInvalid);
  });

  test('takes encryption keys for encryption', () => {
    const encryption = publicJwk(importMaterial('ECDH-ES+A256GCM', pkcs8('ec', { namedCurve: 'P-256' })));
    expect(encryption).toMatchObject({ alg: 'ECDH-ES', use: 'enc' });
    expect(importPublicJwk('ECDH-ES+A256GCM', encryption).publicKey).toBeDefined();
    expect(() => importPublicJwk('ES256', encryption)).toThrow(KeyMaterialInvalid);
  });
});
