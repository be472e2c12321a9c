import { constants, createHmac, type KeyObject, sign, timingSafeEqual, verify } from 'node:crypto';
import type { JwsAlgorithm } from './algorithm.js';
import type { KeyMaterial } from './material.js';

/**
 * Signs bytes and answers the signature in its JWS form (RFC 7518 §3: ECDSA as r‖s). HMAC, ES256 and EdDSA run at once, they cost less than
 * a hop to the threadpool; RSA, the larger curves and ML-DSA run there, off the event loop. Throws `TypeError` for a key that cannot sign.
 */
export async function signBytes(material: KeyMaterial, data: Uint8Array): Promise<Buffer> {
  const algorithm = signing(material);
  if (material.secretKey) return hmac(algorithm, material.secretKey, data);
  if (!material.privateKey) throw new TypeError('A public key cannot sign.');
  const key = { key: material.privateKey, ...options(algorithm) };
  if (!algorithm.slow) return sign(algorithm.hash, data, key);
  return new Promise((resolve, reject) => {
    sign(algorithm.hash, data, key, (error, signature) => (error ? reject(error) : resolve(signature)));
  });
}

/** Whether `signature`, in its JWS form, belongs to the bytes. `false` for every cause; a signature of another length is never tried. */
export async function verifyBytes(material: KeyMaterial, data: Uint8Array, signature: Uint8Array): Promise<boolean> {
  const algorithm = signing(material);
  if (algorithm.signatureBytes !== undefined && signature.byteLength !== algorithm.signatureBytes) return false;
  if (material.secretKey) return timingSafeEqual(hmac(algorithm, material.secretKey, data), signature);
  const key = { key: material.publicKey!, ...options(algorithm) };
  if (algorithm.keyType !== 'AKP') return verify(algorithm.hash, data, key, signature);
  return new Promise((resolve, reject) => {
    verify(algorithm.hash, data, key, signature, (error, valid) => (error ? reject(error) : resolve(valid)));
  });
}

function signing({ algorithm }: KeyMaterial): JwsAlgorithm {
  if (algorithm.kind !== 'jws') throw new TypeError(`A key for ${algorithm.name} neither signs nor verifies.`);
  return algorithm;
}

const hmac = ({ hash }: JwsAlgorithm, key: KeyObject, data: Uint8Array) => createHmac(hash!, key).update(data).digest();

function options({ padding, keyType }: JwsAlgorithm): object {
  if (keyType === 'EC') return { dsaEncoding: 'ieee-p1363' };
  if (padding === 'pss')
    return { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
  return {};
}
