import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { base64url, createPrivateKey, webcrypto } from '@cryptoutil/crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { importer, oneRsaKey } from '../../test/import.fixture.js';
import { type KmsSuite, type Replica, adminScopes, api, bytes, kmsSuite } from '../../test/kms-suite.fixture.js';

interface JoseVector {
  source: string;
  algorithm: string;
  key: { kty: string; k?: string };
  compact: string;
  /** Of a JWE; absent: to be refused. */
  plaintext?: string;
}
interface KeyWrapVector {
  algorithm: string;
  k: string;
  /** Absent: to be refused. */
  p?: string;
  c: string;
}
interface GcmVector extends KeyWrapVector {
  iv: string;
  tag: string;
}
interface EcdsaVector {
  algorithm: string;
  d: string;
  x: string;
  y: string;
  msg: string;
  signature: string;
}
const vectors = JSON.parse(readFileSync(join(import.meta.dirname, '../../vectors/published.json'), 'utf8')) as {
  jws: JoseVector[];
  jwe: JoseVector[];
  keyWrap: KeyWrapVector[];
  keyWrapPadded: KeyWrapVector[];
  gcm: GcmVector[];
  ecdsa: EcdsaVector[];
};
/** Signatures that are the same each time (RFC 7518 §3.2, §3.3, RFC 8032). */
const deterministic = /^(HS|RS)\d+$|^EdDSA$/;
const hex = (text: string) => Buffer.from(text, 'hex');
const curves: Record<string, string> = { ES256: 'P-256', ES384: 'P-384', ES512: 'P-521' };

describe('published vectors, through import and the HTTP API', () => {
  let suite: KmsSuite;
  let kms: Replica;
  let token: string;
  const keys = importer(
    () => kms,
    () => token,
  );
  beforeAll(async () => {
    suite = await kmsSuite();
    kms = await suite.startUnsealed();
    token = await suite.issuer.token(adminScopes);
    await oneRsaKey(kms);
  }, 120_000);
  afterAll(() => suite.close());

  const post = async (path: string, body: unknown) => (await kms.call('POST', `${api}/${path}`, { token, body })).body;
  const material = ({ key }: { key: JoseVector['key'] }) =>
    key.kty === 'oct'
      ? base64url.decode(key.k ?? '')
      : createPrivateKey({ key, format: 'jwk' }).export({ type: 'pkcs8', format: 'der' });

  it.each(vectors.jws)('$source: $algorithm verifies, and not once it is changed', async (vector) => {
    const { id, kid } = await keys.bring(vector.algorithm, material(vector));
    const [header = '', payload = '', signature = ''] = vector.compact.split('.');
    expect(await post(`${id}/verify`, { jws: vector.compact, kid })).toEqual({ valid: true, payload });
    const signing_input = bytes(`${header}.${payload}`);
    expect(await post(`${id}/verify`, { signing_input, signature, kid })).toEqual({ valid: true });
    const other = bytes(`${header}.${payload}A`);
    expect(await post(`${id}/verify`, { signing_input: other, signature, kid })).toEqual({ valid: false });
    if (!deterministic.test(vector.algorithm)) return;
    expect(await post(`${id}/sign`, { signing_input })).toEqual({ signature, kid });
  });

  it.each(vectors.jwe)('$source: $algorithm opens as it should', async (vector) => {
    const { id, kid } = await keys.bring(vector.algorithm, material(vector));
    const answer = await post(`${id}/decrypt`, { jwe: vector.compact, kid });
    if (vector.plaintext === undefined) expect(answer.code).toBe('decrypt_failed');
    else expect(answer).toEqual({ plaintext: vector.plaintext });
  });

  it('NIST KW: content keys that were wrapped elsewhere unwrap, and those that do not unwrap are refused', async () => {
    for (const { algorithm, k, p, c } of vectors.keyWrap) {
      const { id, kid } = await keys.bring(algorithm, hex(k));
      const [alg, enc] = algorithm.split('+');
      const header = bytes(JSON.stringify({ alg, enc, kid }));
      const sealed = await seal(p === undefined ? Buffer.alloc(32) : hex(p), header);
      const jwe = [header, base64url.encode(hex(c)), ...sealed].join('.');
      const answer = await post(`${id}/decrypt`, { jwe });
      if (p === undefined) expect(answer.code).toBe('decrypt_failed');
      else expect(answer).toEqual({ plaintext: bytes('content') });
    }
  });

  it('NIST GCM: content keys that were encrypted elsewhere open, and those whose tag is wrong are refused', async () => {
    // Where the API runs GCM without AAD: on the content key of A*GCMKW (RFC 7518 §4.7).
    for (const { algorithm, k, iv, p, c, tag } of vectors.gcm) {
      const { id, kid } = await keys.bring(algorithm, hex(k));
      const [alg, enc] = algorithm.split('+');
      const [ivText, tagText] = [iv, tag].map((text) => base64url.encode(hex(text)));
      const header = bytes(JSON.stringify({ alg, enc, kid, iv: ivText, tag: tagText }));
      const sealed = await seal(p === undefined ? Buffer.alloc(c.length / 2) : hex(p), header);
      const jwe = [header, base64url.encode(hex(c)), ...sealed].join('.');
      const answer = await post(`${id}/decrypt`, { jwe });
      if (p === undefined) expect(answer.code).toBe('decrypt_failed');
      else expect(answer).toEqual({ plaintext: bytes('content') });
    }
  });

  it('NIST KWP: keys that were wrapped elsewhere are brought in, and those that do not unwrap are refused', async () => {
    for (const { k, p, c } of vectors.keyWrapPadded) {
      const { status, body } = await keys.bringWrapped('HS256', hex(k), hex(c));
      if (p === undefined) {
        expect([status, body.code, body.field]).toEqual([400, 'invalid_request', 'wrapped_material']);
        continue;
      }
      const { mac } = await post(`${body.id}/mac`, { data: bytes('data') });
      const algorithm = { name: 'HMAC', hash: 'SHA-256' };
      const key = await webcrypto.subtle.importKey('raw', hex(p), algorithm, false, ['sign']);
      const expected = await webcrypto.subtle.sign('HMAC', key, Buffer.from('data'));
      expect(mac).toBe(base64url.encode(new Uint8Array(expected)));
    }
  });

  it('NIST ECDSA: signatures made elsewhere verify, over their message alone', async () => {
    for (const { algorithm, d, x, y, msg, signature } of vectors.ecdsa) {
      const [dText, xText, yText] = [d, x, y].map((text) => base64url.encode(hex(text)));
      const key = { kty: 'EC', crv: curves[algorithm], d: dText, x: xText, y: yText };
      const { id, kid } = await keys.bring(algorithm, material({ key }));
      const body = { signature: base64url.encode(hex(signature)), kid };
      const verify = (message: Buffer) =>
        post(`${id}/verify`, { ...body, signing_input: base64url.encode(message) }) as Promise<unknown>;
      expect(await verify(hex(msg))).toEqual({ valid: true });
      expect(await verify(hex(`${msg}00`))).toEqual({ valid: false });
    }
  });
});

/** IV, ciphertext and tag of "content" under this content key (RFC 7518 §5.3), with the header as AAD. */
async function seal(contentKey: Buffer, header: string): Promise<string[]> {
  const iv = new Uint8Array(12);
  const key = await webcrypto.subtle.importKey('raw', new Uint8Array(contentKey), 'AES-GCM', false, ['encrypt']);
  const algorithm = { name: 'AES-GCM', iv, additionalData: Buffer.from(header) };
  const sealed = Buffer.from(await webcrypto.subtle.encrypt(algorithm, key, Buffer.from('content')));
  return [iv, sealed.subarray(0, -16), sealed.subarray(-16)].map((part) => base64url.encode(part));
}
