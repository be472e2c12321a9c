export { X509Certificate, createPrivateKey, createPublicKey, createSecretKey, KeyObject, webcrypto } from 'node:crypto';
export { openAes256Gcm, sealAes256Gcm, type Aes256Key } from './aes-gcm.js';
export { InvalidBase64Url, base64url } from './base64url.js';
export { constantTimeEqual } from './constant-time.js';
export { DecryptFailed } from './errors.js';
export { hkdfSha256, hmacSha256, keyedHash, sha256, type HkdfOptions } from './hash.js';
export { hashPassword, passwordNeedsRehash, verifyPassword } from './password.js';
export { randomBytes, randomToken, uuid, uuidv7 } from './random.js';
export { Secret } from './secret.js';
