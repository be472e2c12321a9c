import { z } from 'zod';
import { base64urlField } from '../operations/base64url-field.js';

/** Material that is brought in; AES-256 key and material each wrapped. */
export const wrappedImport = z.strictObject({
  wrapping_key_id: z.uuid().describe('Of a wrapping key that was not used yet.'),
  encrypted_key: base64urlField.describe('An AES-256 key, encrypted with RSA-OAEP (SHA-256) under the wrapping key.'),
  wrapped_material: base64urlField.describe(
    'The key, wrapped with AES-KWP (RFC 5649) under that AES key: PKCS#8 (DER) of a key pair, the bytes of a symmetric key.',
  ),
});

export const wrappingKeyAnswer = z.object({
  id: z.uuid(),
  algorithm: z.literal('RSA-OAEP-256+A256KWP'),
  public_key: z.string().describe('PEM (SubjectPublicKeyInfo).'),
  expires_at: z.iso.datetime(),
});
