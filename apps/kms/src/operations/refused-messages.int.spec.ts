import {
  type JsonWebKey,
  base64url,
  createPublicKey,
  generateMaterial,
  importMaterial,
  signBytes,
} from '@cryptoutil/crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type KmsSuite, type Replica, allScopes, api, bytes, kmsSuite } from '../../test/kms-suite.fixture.js';

type Parts = string[];
type Change = (parts: Parts) => Parts | Promise<Parts>;

const decode = (text: string) => Buffer.from(text, 'base64url');
const encode = (value: Uint8Array) => base64url.encode(value);
/** The message with other members in its header, which is not signed for. */
const header =
  (members: object): Change =>
  ([first = '', ...rest]) => [
    bytes(JSON.stringify({ ...(JSON.parse(decode(first).toString()) as object), ...members })),
    ...rest,
  ];
/** The message with one part made anew from its bytes. */
const part =
  (at: number, change: (value: Buffer) => Uint8Array): Change =>
  (parts) =>
    parts.map((text, index) => (index === at ? encode(change(decode(text))) : text));
const text =
  (at: number, change: (value: string) => string): Change =>
  (parts) =>
    parts.map((one, index) => (index === at ? change(one) : one));
const flip = (value: Buffer) => Buffer.from(value.map((byte, index) => (index === 0 ? byte ^ 1 : byte)));
const cut = (count: number) => (value: Buffer) => value.subarray(0, -count);
/** The same bytes spelled with bits that are not theirs (RFC 4648 §3.5). */
const strayBits = (value: string) => {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  return value.slice(0, -1) + alphabet[alphabet.indexOf(value.at(-1) ?? 'A') + 1];
};

const spelling = (last: number): Record<string, Change> => ({
  'padding at its end': text(last, (value) => `${value}=`),
  'white space in it': text(1, (value) => `${value.slice(0, 3)} ${value.slice(3)}`),
  'bits that are not its own': text(last, strayBits),
  'the alphabet of plain base64': text(last, (value) => `${value.slice(0, -2)}+/`),
  'one part more': (parts) => [...parts, 'AAAA'],
  'one part less': (parts) => parts.slice(0, -1),
  'a header that is no JSON': text(0, () => bytes('{"alg"')),
  'a header that is a list': text(0, () => bytes('[]')),
});
const headers = {
  'alg none': header({ alg: 'none' }),
  'alg in another case': header({ alg: 'NONE' }),
  'a critical extension': header({ crit: ['exp'], exp: 1 }),
  'crit b64 (RFC 7797)': header({ crit: ['b64'], b64: false }),
  'b64 alone': header({ b64: false }),
  compression: header({ zip: 'DEF' }),
  'a key of its own': header({ jwk: { kty: 'oct', k: 'AAAA' } }),
  'a place of a key': header({ jku: 'https://evil.example/jwks' }),
  'a certificate': header({ x5c: ['AAAA'] }),
  'no kid': header({ kid: undefined }),
  'a kid that is a path': header({ kid: '../../etc/passwd' }),
  'the kid of nobody': header({ kid: '00000000-0000-7000-8000-000000000000' }),
};

/** DER of an ECDSA signature instead of r‖s (RFC 7518 §3.4). */
const der = (value: Buffer) => {
  const integer = (bytes: Buffer) => Buffer.concat([Buffer.of(2, bytes.length + 1, 0), bytes]);
  const both = Buffer.concat([integer(value.subarray(0, 32)), integer(value.subarray(32))]);
  return Buffer.concat([Buffer.of(0x30, both.length), both]);
};
const ORDER = Buffer.from('ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551', 'hex');
const r = (value: Uint8Array) => (signature: Buffer) => Buffer.concat([value, signature.subarray(32)]);
const s = (value: Uint8Array) => (signature: Buffer) => Buffer.concat([signature.subarray(0, 32), value]);

describe('messages that are refused, through the HTTP API', () => {
  let suite: KmsSuite;
  let kms: Replica;
  let token: string;
  beforeAll(async () => {
    suite = await kmsSuite();
    kms = await suite.startUnsealed();
    token = await suite.issuer.token(allScopes);
  });
  afterAll(() => suite.close());

  const post = async (path: string, body: unknown) => (await kms.call('POST', `${api}${path}`, { token, body })).body;
  /** One key an algorithm, with a message of it. */
  const made = new Map<string, Promise<{ id: string; message: string }>>();
  const keyOf = (algorithm: string, operation: 'sign' | 'encrypt') => {
    const key = made.get(algorithm) ?? make(algorithm, operation);
    made.set(algorithm, key);
    return key;
  };
  const make = async (algorithm: string, operation: 'sign' | 'encrypt') => {
    const { id } = await post('', { name: algorithm, algorithm });
    const body = operation === 'sign' ? { payload: bytes('payload') } : { plaintext: bytes('plaintext of it') };
    const answer = await post(`/${id}/${operation}`, body);
    return { id: id as string, message: (answer.jws ?? answer.jwe) as string };
  };

  describe('as signed', () => {
    const verify = async (algorithm: string, change: Change) => {
      const { id, message } = await keyOf(algorithm, 'sign');
      return post(`/${id}/verify`, { jws: (await change(message.split('.'))).join('.') }) as Promise<unknown>;
    };
    const ecdsa: Record<string, Change> = {
      'a flipped bit': part(2, flip),
      'another payload': part(1, flip),
      'no signature': text(2, () => ''),
      'a signature cut short': part(2, cut(1)),
      'a signature with a byte more': part(2, (value) => Buffer.concat([value, Buffer.of(0)])),
      'a signature in DER': part(2, der),
      'r and s of zero': part(2, () => Buffer.alloc(64)),
      'r of zero': part(2, r(Buffer.alloc(32))),
      's of zero': part(2, s(Buffer.alloc(32))),
      'r of the order': part(2, r(ORDER)),
      's of the order': part(2, s(ORDER)),
      'r and s of one': part(2, () => Buffer.concat([Buffer.alloc(31), Buffer.of(1), Buffer.alloc(31), Buffer.of(1)])),
      'alg of another hash': header({ alg: 'ES384' }),
      'alg of HMAC': header({ alg: 'HS256' }),
    };
    it.each(Object.entries({ ...headers, ...spelling(2), ...ecdsa }))(
      'ES256 with %s is not valid',
      async (_, change) => {
        expect(await verify('ES256', (parts) => parts)).toMatchObject({ valid: true });
        expect(await verify('ES256', change)).toEqual({ valid: false });
      },
    );

    it('ES256 is not valid as HMAC with the public key for a secret (RFC 8725 §2.1)', async () => {
      const { id } = await keyOf('ES256', 'sign');
      const { keys } = (await kms.call('GET', `${api}/${id}/jwks`, { token })).body as { keys: JsonWebKey[] };
      const spki = createPublicKey({ key: keys[0]!, format: 'jwk' }).export({ type: 'spki', format: 'pem' });
      const secret = importMaterial('HS256', Buffer.from(spki));
      const forged: Change = async (parts) => {
        const [first = '', second = ''] = await header({ alg: 'HS256' })(parts);
        return [first, second, encode(await signBytes(secret, Buffer.from(`${first}.${second}`)))];
      };
      expect(await verify('ES256', forged)).toEqual({ valid: false });
    });

    it.each([
      ['HS256', 'a MAC cut to half', part(2, cut(16))],
      ['HS256', 'a flipped bit', part(2, flip)],
      ['RS256', 'a flipped bit', part(2, flip)],
      ['RS256', 'alg of PSS', header({ alg: 'PS256' })],
      ['RS256', 'a signature of zero', part(2, (value) => Buffer.alloc(value.length))],
      [
        'RS256',
        'a signature of one',
        part(2, (value) => Buffer.concat([Buffer.alloc(value.length - 1), Buffer.of(1)])),
      ],
      ['EdDSA', 'a flipped bit', part(2, flip)],
      ['EdDSA', 'a signature of zero', part(2, () => Buffer.alloc(64))],
      ['ML-DSA-44', 'a flipped bit', part(2, flip)],
      ['ML-DSA-44', 'a signature cut short', part(2, cut(1))],
    ])('%s with %s is not valid', async (algorithm, _what, change) => {
      expect(await verify(algorithm, change)).toEqual({ valid: false });
    });

    it('ES256 with a message of another key of the same algorithm is not valid', async () => {
      const { message } = await keyOf('ES256', 'sign');
      const other = await post('', { name: 'another ES256', algorithm: 'ES256' });
      expect(await post(`/${other.id}/verify`, { jws: message })).toEqual({ valid: false });
    });
  });

  describe('as encrypted', () => {
    const decrypt = async (algorithm: string, change: Change) => {
      const { id, message } = await keyOf(algorithm, 'encrypt');
      return post(`/${id}/decrypt`, { jwe: (await change(message.split('.'))).join('.') }) as Promise<{ code: string }>;
    };
    const content: Record<string, Change> = {
      'a flipped bit': part(3, flip),
      'a flipped bit in the tag': part(4, flip),
      'a tag of 12 bytes': part(4, cut(4)),
      'no tag': text(4, () => ''),
      'no ciphertext': text(3, () => ''),
      'an IV cut short': part(2, cut(1)),
      'no IV': text(2, () => ''),
      'no encrypted key': text(1, () => ''),
      'an encrypted key cut short': part(1, cut(8)),
      'a flipped bit in the encrypted key': part(1, flip),
      'enc of another length': header({ enc: 'A128GCM' }),
      'enc of another kind': header({ enc: 'A256CBC-HS512' }),
      'alg dir': header({ alg: 'dir' }),
      'alg of RSA 1.5': header({ alg: 'RSA1_5' }),
      'alg of passwords': header({ alg: 'PBES2-HS256+A128KW', p2c: 1_000_000_000, p2s: 'AAAA' }),
    };
    it.each(Object.entries({ ...headers, ...spelling(4), ...content }))(
      'A256KW+A256GCM with %s does not open',
      async (_, change) => {
        expect(await decrypt('A256KW+A256GCM', (parts) => parts)).toEqual({ plaintext: bytes('plaintext of it') });
        expect(await decrypt('A256KW+A256GCM', change)).toMatchObject({ code: 'decrypt_failed' });
      },
    );

    const point = (members: object) => header({ epk: { kty: 'EC', crv: 'P-256', ...members } });
    const other = async (algorithm: string) => {
      const { publicKey } = importMaterial(algorithm, await generateMaterial(algorithm));
      return publicKey!.export({ format: 'jwk' });
    };
    const zero = encode(Buffer.alloc(32));
    it.each<[string, Change]>([
      ['no point', header({ epk: undefined })],
      ['a point that is not on the curve', point({ x: encode(Buffer.alloc(32, 1)), y: encode(Buffer.alloc(32, 2)) })],
      ['the point at zero', point({ x: zero, y: zero })],
      ['a point of another curve', async (parts) => header({ epk: await other('ES384') })(parts)],
      ['a point of Ed25519', async (parts) => header({ epk: await other('EdDSA') })(parts)],
      ['another good point', async (parts) => header({ epk: await other('ES256') })(parts)],
      ['coordinates that are numbers', point({ x: 1, y: 2 })],
    ])('ECDH-ES with %s does not open', async (_what, change) => {
      expect(await decrypt('ECDH-ES+A256GCM', change)).toMatchObject({ code: 'decrypt_failed' });
    });

    it.each<[string, string, Change]>([
      ['A256GCM', 'an encrypted key', text(1, () => 'AAAA')],
      ['A256GCMKW+A256GCM', 'no tag of the key', header({ tag: undefined })],
      ['A256GCMKW+A256GCM', 'a tag of the key of 12 bytes', header({ tag: encode(Buffer.alloc(12)) })],
      ['A256GCMKW+A256GCM', 'an IV of the key of 8 bytes', header({ iv: encode(Buffer.alloc(8)) })],
      ['A128KW+A128CBC-HS256', 'a tag cut to half', part(4, cut(8))],
      [
        'A128KW+A128CBC-HS256',
        'a changed last block',
        part(3, (value) => Buffer.concat([cut(1)(value), Buffer.of(0)])),
      ],
      ['A128KW+A128CBC-HS256', 'a ciphertext that is no whole block', part(3, cut(1))],
      ['RSA-OAEP-256+A256GCM', 'an encrypted key of zeros', part(1, (value) => Buffer.alloc(value.length))],
      ['RSA-OAEP-256+A256GCM', 'alg of SHA-1', header({ alg: 'RSA-OAEP' })],
    ])('%s with %s does not open', async (algorithm, _what, change) => {
      expect(await decrypt(algorithm, change)).toMatchObject({ code: 'decrypt_failed' });
    });
  });
});
