import { webcrypto } from '@cryptoutil/crypto';
import type { AccessTokenAlgorithm, SigningKey } from './signing-keys.js';

const rules: Record<
  AccessTokenAlgorithm,
  { key: webcrypto.Algorithm & Record<string, unknown>; verify: webcrypto.Algorithm & Record<string, unknown> }
> = {
  ES256: { key: { name: 'ECDSA', namedCurve: 'P-256' }, verify: { name: 'ECDSA', hash: 'SHA-256' } },
  RS256: { key: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }, verify: { name: 'RSASSA-PKCS1-v1_5' } },
  PS256: { key: { name: 'RSA-PSS', hash: 'SHA-256' }, verify: { name: 'RSA-PSS', saltLength: 32 } },
  EdDSA: { key: { name: 'Ed25519' }, verify: { name: 'Ed25519' } },
};

const imported = new WeakMap<SigningKey, Map<AccessTokenAlgorithm, Promise<webcrypto.CryptoKey>>>();

function cryptoKey(key: SigningKey, alg: AccessTokenAlgorithm): Promise<webcrypto.CryptoKey> {
  const ofKey = imported.get(key) ?? new Map<AccessTokenAlgorithm, Promise<webcrypto.CryptoKey>>();
  imported.set(key, ofKey);
  const { kid: _kid, use: _use, key_ops: _ops, alg: _alg, ...material } = key;
  const known = ofKey.get(alg) ?? webcrypto.subtle.importKey('jwk', material, rules[alg].key, false, ['verify']);
  ofKey.set(alg, known);
  return known;
}

/** Whether the signature (RFC 7518 §3) over the bytes is the key's. The algorithm is the caller's choice, never the key material's or the token's alone. */
export async function verifySignature(
  key: SigningKey,
  alg: AccessTokenAlgorithm,
  signed: Uint8Array,
  signature: Uint8Array,
): Promise<boolean> {
  return webcrypto.subtle.verify(
    rules[alg].verify,
    await cryptoKey(key, alg),
    Uint8Array.from(signature),
    Uint8Array.from(signed),
  );
}
