import { generatedKeyKinds } from '@cryptoutil/crypto';
import { z } from 'zod';
import { base64urlField } from './base64url-field.js';

/** Compact JWS or JWE; its parts are judged by the operation, which answers alike for all that is wrong with them. */
const compact = z.string().max(192 * 1024);
const jwe = z.string().describe('Compact JWE (RFC 7516 §3.1); `kid` names the version.');

const contextText = z.string().min(1).max(1024).optional();
const context = contextText.describe('Bound to the ciphertext: decrypting needs the same context.');

const kid = z.string().max(64).optional().describe('Version to use; the current one when absent.');
const dry_run = z.boolean().optional().describe('Only checks whether it could be done: key, state, permission.');

export const encryptBody = z.strictObject({ plaintext: base64urlField, context, dry_run });
export const encryptAnswer = z.object({ jwe });

const foreignKid = z
  .string()
  .max(64)
  .optional()
  .describe('Imported version to use for a message made elsewhere, which does not name it.');

export const decryptBody = z.strictObject({ jwe: compact, context, kid: foreignKid, dry_run });
export const decryptAnswer = z.object({ plaintext: base64urlField });

export const rewrapBody = z.strictObject({
  jwe: compact,
  context,
  new_context: contextText.describe('Bound to the new message; the old context when absent.'),
  dry_run,
});
export const rewrapAnswer = z.object({ jwe });

export const dataKeyBody = z.strictObject({
  bytes: z.number().int().min(16).max(64).default(32).describe('Length of the data key.'),
  context,
  with_plaintext: z.boolean().default(true).describe('False: only the encrypted form is answered.'),
  dry_run,
});
export const dataKeyAnswer = z.object({ plaintext: base64urlField.optional(), jwe });

export const generateBody = z.strictObject({ kind: z.enum(generatedKeyKinds), context, dry_run });
export const generateAnswer = z.object({
  jwe: jwe.describe('The private or symmetric JWK (RFC 7517), encrypted.'),
  public_jwk: z.looseObject({ kty: z.string() }).optional(),
});

export const signBody = z.strictObject({
  payload: base64urlField.optional().describe('Answered as a compact JWS (RFC 7515 §3.1).'),
  signing_input: base64urlField.optional().describe('Signed as it is; answered as the raw signature (RFC 7518 §3).'),
  kid,
  dry_run,
});
export const refinedSignBody = signBody.refine(
  (body) => (body.payload === undefined) !== (body.signing_input === undefined),
  { error: 'exactly one of payload and signing_input is needed', path: ['payload'] },
);
export const signAnswer = z.union([
  z.object({ jws: z.string(), kid: z.string() }),
  z.object({ signature: base64urlField, kid: z.string() }),
]);

export const verifyBody = z.strictObject({
  jws: compact.optional().describe('Compact JWS (RFC 7515 §3.1); `kid` names the version.'),
  signing_input: base64urlField.optional().describe('What was signed as it is; needs `signature` and `kid`.'),
  signature: base64urlField.optional().describe('The raw signature (RFC 7518 §3), as it was answered.'),
  kid: z
    .string()
    .max(64)
    .optional()
    .describe('Version that made the raw signature; or imported version to use for a JWS made elsewhere.'),
  dry_run,
});
export const refinedVerifyBody = verifyBody.superRefine(({ jws, signing_input, signature, kid: named }, problems) => {
  const raw = { signing_input, signature, kid: named };
  const wrong = (path: string, message: string) => problems.addIssue({ code: 'custom', message, path: [path] });
  if ((jws === undefined) === (signing_input === undefined))
    wrong('jws', 'exactly one of jws and signing_input is needed');
  else if (jws !== undefined && signature !== undefined) wrong('signature', 'a JWS has its own');
  else if (jws === undefined) {
    for (const [name, value] of Object.entries(raw))
      if (value === undefined) wrong(name, 'is needed with signing_input');
  }
});
export const verifyAnswer = z.object({
  valid: z.boolean(),
  payload: base64urlField.optional().describe('Present when valid.'),
});

export const macBody = z.strictObject({ data: base64urlField, kid, dry_run });
export const macAnswer = z.object({ mac: base64urlField, kid: z.string() });

export const macVerifyBody = z.strictObject({
  data: base64urlField,
  mac: base64urlField,
  kid: z.string().max(64).describe('As answered with the MAC.'),
  dry_run,
});
export const macVerifyAnswer = z.object({ valid: z.boolean() });

export const deriveBody = z.strictObject({
  info: base64urlField.describe('What the derived key is for (RFC 5869 §3.2).'),
  salt: base64urlField.optional(),
  bytes: z.number().int().min(16).max(64).default(32),
  kid,
  dry_run,
});
export const deriveAnswer = z.object({ derived: base64urlField, kid: z.string() });
