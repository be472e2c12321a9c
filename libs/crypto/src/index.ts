export { KeyObject, X509Certificate, createPrivateKey, createPublicKey, createSecretKey, webcrypto } from 'node:crypto';
export { openAes256Gcm, sealAes256Gcm, type Aes256Key } from './aes-gcm.js';
export { InvalidBase64Url, base64url } from './base64url.js';
export { constantTimeEqual } from './constant-time.js';
export { DecryptFailed } from './errors.js';
export { CHAIN_START, chainHash, followsOn, type ChainedRecord } from './hash-chain.js';
export {
  hkdfSha256,
  hmacSha256,
  hmacKey,
  hmacSha256Matches,
  type HmacKey,
  keyedHash,
  sha256,
  sha256Stream,
  sha256Text,
  type HkdfOptions,
  type Sha256Stream,
} from './hash.js';
export {
  DEFAULT_RSA_BITS,
  rsaBits,
  type Algorithm,
  type GenerateOptions,
  type JweAlgorithm,
  type JwsAlgorithm,
  type KeyType,
  type RsaBits,
} from './jose/algorithm.js';
export { algorithms, findAlgorithm } from './jose/algorithms.js';
export { deriveBytes, generateJwk, generatedKeyKinds, type GeneratedKeyKind } from './jose/generated-key.js';
export { decodeProtectedHeader, type JoseHeader } from './jose/compact.js';
export { type JsonWebKey } from './jose/json-web-key.js';
export { decryptJwe, encryptJwe, sealJwe, type DecryptOptions, type EncryptOptions } from './jose/jwe.js';
export { jwkThumbprint, publicJwk } from './jose/jwk.js';
export { createJwksResolver, type Jwks, type JwksResolver } from './jose/jwks.js';
export { signJws, signJwt, verifyJws, type JwsOptions, type VerifiedJws } from './jose/jws.js';
export { type ClaimExpectations, type JwtClaims } from './jose/jwt-claims.js';
export { JwtInvalid, type JwtInvalidReason } from './jose/jwt-invalid.js';
export { verifyJwt, type VerifyJwtOptions } from './jose/jwt.js';
export {
  KeyMaterialInvalid,
  generateMaterial,
  importMaterial,
  importPublicJwk,
  rsaBitsOf,
  type KeyMaterial,
} from './jose/material.js';
export { provePair } from './jose/prove-pair.js';
export { signBytes, verifyBytes } from './jose/signature.js';
export { hashPassword, passwordNeedsRehash, verifyPassword } from './password.js';
export { randomBytes, randomToken, uuid, uuidv7 } from './random.js';
export { Secret } from './secret.js';
export {
  openEncryptedKey,
  openWrappedMaterial,
  wrapMaterial,
  wrappingPublicPem,
  type WrappedMaterial,
} from './wrapped-material.js';
