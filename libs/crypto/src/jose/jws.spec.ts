import { createSecretKey, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { CompactSign, compactVerify } from 'jose';
import { randomBytes } from '../random.js';
import { algorithms } from './algorithms.js';
import type { JsonWebKey } from './json-web-key.js';
import { publicJwk } from './jwk.js';
import { signJws, signJwt, verifyJws } from './jws.js';
import { JwtInvalid } from './jwt-invalid.js';
import { generateMaterial, importMaterial, importPublicJwk, type KeyMaterial } from './material.js';

interface Vector {
  source: string;
  algorithm: string;
  key: JsonWebKey;
  compact: string;
  payload: string;
  reason: string;
}

const read = (name: string) =>
  JSON.parse(readFileSync(new URL(`../../vectors/${name}.json`, import.meta.url), 'utf8')) as Vector[];
const materialOf = ({ algorithm, key }: Vector) =>
  key.kty === 'oct'
    ? importMaterial(algorithm, Buffer.from(key.k as string, 'base64url'))
    : importPublicJwk(algorithm, key);
const refusal = (reason: string) => expect.objectContaining({ name: 'JwtInvalid', reason });

const payload = Buffer.from('{"sub":"alice"}');
const signatureAlgorithms = algorithms.filter(({ kind }) => kind === 'jws').map(({ name }) => name);
const keys = new Map<string, KeyMaterial>();
beforeAll(async () => {
  for (const name of signatureAlgorithms) {
    keys.set(name, importMaterial(name, await generateMaterial(name, { modulusLength: 2048 })));
  }
});

describe('verifyJws', () => {
  test.each(read('jws'))('accepts $source ($algorithm)', async (vector) => {
    const { payload: verified } = await verifyJws(materialOf(vector), vector.compact);
    expect(verified.toString('base64url')).toBe(vector.payload);
  });

  test.each(read('jws-refused'))('refuses $source', async (vector) => {
    await expect(verifyJws(materialOf(vector), vector.compact)).rejects.toEqual(refusal(vector.reason));
  });

  describe.each(read('jws'))('of $source', (vector) => {
    const [header, body, signature] = vector.compact.split('.') as [string, string, string];
    test.each([
      ['padding', `${vector.compact}=`],
      ['a line break at the end', `${vector.compact}\n`],
      ['a space in front', ` ${vector.compact}`],
      ['a part too many', `${vector.compact}.`],
      ['the other base64 alphabet', `${header}.${body}.${signature.replaceAll('-', '+').replaceAll('_', '/')}+`],
      ['a character more in the payload', `${header}.${body}A.${signature}`],
      ['a cut signature', `${header}.${body}.${signature.slice(0, -4)}`],
      ['a lengthened signature', `${header}.${body}.${signature}AAAA`],
      ['a signature of zeros', `${header}.${body}.${'A'.repeat(signature.length - 2)}AA`],
      ['bits left over', `${header}.${body}.${signature.slice(0, -1)}${signature.endsWith('x') ? 'y' : 'x'}`],
    ])('refuses %s', async (_, token) => {
      await expect(verifyJws(materialOf(vector), token)).rejects.toBeInstanceOf(JwtInvalid);
    });
  });

  test.each(['jwk', 'jku', 'x5c', 'x5u', 'crit', 'b64', 'zip'])(
    'refuses the header member %s, though the signature is right (RFC 8725 §3.10)',
    async (member) => {
      const key = keys.get('ES256')!;
      const token = handMade({ alg: 'ES256', [member]: [] }, key);
      await expect(verifyJws(key, token)).rejects.toEqual(refusal('header'));
    },
  );

  test('refuses an ECDSA signature in DER form: it is r‖s of exactly 64 bytes (RFC 7518 §3.4)', async () => {
    const key = keys.get('ES256')!;
    const input = `${Buffer.from('{"alg":"ES256"}').toString('base64url')}.${payload.toString('base64url')}`;
    const der = sign('sha256', Buffer.from(input), key.privateKey!).toString('base64url');
    await expect(verifyJws(key, `${input}.${der}`)).rejects.toEqual(refusal('signature'));
  });

  test('refuses HS256 keyed with the public key’s text (RFC 8725 §2.1)', async () => {
    const key = keys.get('RS256')!;
    for (const secret of [
      key.publicKey!.export({ type: 'spki', format: 'pem' }),
      key.publicKey!.export({ type: 'spki', format: 'der' }),
      JSON.stringify(publicJwk(key)),
    ]) {
      const forged = await new CompactSign(payload)
        .setProtectedHeader({ alg: 'HS256' })
        .sign(createSecretKey(Buffer.from(secret as string)));
      await expect(verifyJws(key, forged)).rejects.toEqual(refusal('algorithm'));
    }
  });

  test.each(['none', 'None', 'NONE', 'nOnE', '', 'HS256', 'RS256', 'es256', 'ES256 '])(
    'refuses alg %j for an ES256 key',
    async (alg) => {
      const key = keys.get('ES256')!;
      await expect(verifyJws(key, handMade({ alg }, key))).rejects.toEqual(refusal('algorithm'));
      const unsigned = `${Buffer.from(JSON.stringify({ alg })).toString('base64url')}.${payload.toString('base64url')}.`;
      await expect(verifyJws(key, unsigned)).rejects.toEqual(refusal('algorithm'));
    },
  );

  test.each([
    ['no object', '[]'],
    ['null', 'null'],
    ['no JSON', '{'],
    ['a byte order mark', '\ufeff{"alg":"ES256"}'],
    ['no alg', '{}'],
    ['an alg that is no text', '{"alg":["ES256"]}'],
    ['a kid that is no text', '{"alg":"ES256","kid":1}'],
    ['a typ that is no text', '{"alg":"ES256","typ":null}'],
  ])('refuses a header with %s', async (_, header) => {
    const token = `${Buffer.from(header).toString('base64url')}.e30.AAAA`;
    await expect(verifyJws(keys.get('ES256')!, token)).rejects.toEqual(refusal('malformed'));
  });

  test('refuses a header that is not UTF-8, longer than 8 KiB, or no text at all', async () => {
    const key = keys.get('ES256')!;
    const notUtf8 = Buffer.concat([Buffer.from('{"alg":"ES256","kid":"'), Buffer.from([0xff]), Buffer.from('"}')]);
    await expect(verifyJws(key, `${notUtf8.toString('base64url')}.e30.AAAA`)).rejects.toEqual(refusal('malformed'));
    const long = Buffer.from(JSON.stringify({ alg: 'ES256', kid: 'k'.repeat(9000) })).toString('base64url');
    await expect(verifyJws(key, `${long}.e30.AAAA`)).rejects.toEqual(refusal('too_long'));
    await expect(verifyJws(key, 7 as unknown as string)).rejects.toEqual(refusal('malformed'));
  });
});

describe('signJws', () => {
  test.each(signatureAlgorithms)('%s: what it signs is verified, and by its public JWK alone', async (name) => {
    const key = keys.get(name)!;
    const token = await signJws(key, payload, { kid: 'k1', typ: 'test' });
    const { header, payload: verified } = await verifyJws(key, token);
    expect(header).toEqual({ alg: name, kid: 'k1', typ: 'test' });
    expect(verified).toEqual(payload);
    if (key.publicKey) await verifyJws(importPublicJwk(name, publicJwk(key)), token);
  });

  test.each(signatureAlgorithms)('%s: an independent implementation agrees in both directions', async (name) => {
    const key = keys.get(name)!;
    await compactVerify(await signJws(key, payload), (key.publicKey ?? key.secretKey)!);
    const theirs = await new CompactSign(payload)
      .setProtectedHeader({ alg: name })
      .sign((key.privateKey ?? key.secretKey)!);
    expect((await verifyJws(key, theirs)).payload).toEqual(payload);
  });

  test.each(signatureAlgorithms)('%s: another key’s signature is refused', async (name) => {
    const other = importMaterial(name, await generateMaterial(name, { modulusLength: 2048 }));
    await expect(verifyJws(keys.get(name)!, await signJws(other, payload))).rejects.toEqual(refusal('signature'));
  });

  test('signJwt puts claims and typ into the token', async () => {
    const token = await signJwt(keys.get('EdDSA')!, { iss: 'x' }, { kid: 'k', typ: 'at+jwt' });
    const { header, payload: claims } = await verifyJws(keys.get('EdDSA')!, token);
    expect(header.typ).toBe('at+jwt');
    expect(JSON.parse(claims.toString())).toEqual({ iss: 'x' });
  });

  test('refuses to sign with a public key, and with a key for encryption', async () => {
    const publicOnly = importPublicJwk('ES256', publicJwk(keys.get('ES256')!));
    await expect(signJws(publicOnly, payload)).rejects.toThrow(TypeError);
    await expect(signJws(importMaterial('A256GCM', randomBytes(32)), payload)).rejects.toThrow(TypeError);
  });
});

/** A JWS with any header at all, signed rightly with an ES256 key. */
function handMade(header: object, { privateKey }: KeyMaterial): string {
  const input = `${Buffer.from(JSON.stringify(header)).toString('base64url')}.${payload.toString('base64url')}`;
  const signature = sign('sha256', Buffer.from(input), { key: privateKey!, dsaEncoding: 'ieee-p1363' });
  return `${input}.${signature.toString('base64url')}`;
}
