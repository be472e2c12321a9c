import { z } from 'zod';
import { base64urlField } from './base64url-field.js';

/** Most items of a batch. */
export const BATCH_LIMIT = 1000;

/** Compact JWS or JWE; its parts are judged by the operation, which answers alike for all that is wrong with them. */
const compact = z.string().max(192 * 1024);

const context = z
  .string()
  .min(1)
  .max(1024)
  .optional()
  .describe('Bound to the ciphertext: decrypting needs the same context.');

const kid = z.string().max(64).optional().describe('Version to sign with; the current one when absent.');

export const encryptBody = z.strictObject({ plaintext: base64urlField, context });
export const encryptAnswer = z.object({
  jwe: z.string().describe('Compact JWE (RFC 7516 §3.1); `kid` names the version.'),
});

export const decryptBody = z.strictObject({ jwe: compact, context });
export const decryptAnswer = z.object({ plaintext: base64urlField });

const payloadOrInput = {
  payload: base64urlField.optional().describe('Answered as a compact JWS (RFC 7515 §3.1).'),
  signing_input: base64urlField.optional().describe('Signed as it is; answered as the raw signature (RFC 7518 §3).'),
};
const exactlyOne = (body: { payload?: string | undefined; signing_input?: string | undefined }) =>
  (body.payload === undefined) !== (body.signing_input === undefined);
const oneOfBoth = { error: 'exactly one of payload and signing_input is needed', path: ['payload'] };

export const signBody = z.strictObject({ ...payloadOrInput, kid }).refine(exactlyOne, oneOfBoth);
export const signAnswer = z.union([
  z.object({ jws: z.string(), kid: z.string() }),
  z.object({ signature: base64urlField, kid: z.string() }),
]);

export const verifyBody = z.strictObject({ jws: compact });
export const verifyAnswer = z.object({
  valid: z.boolean(),
  payload: base64urlField.optional().describe('Present when valid.'),
});

const reference = z.string().max(256).optional().describe('Given back with the result.');

/** Members of an item are judged one by one: a wrong item has its own error and the others are signed. */
export const signBatchBody = z.strictObject({
  items: z
    .array(z.strictObject({ reference, payload: z.string().optional(), signing_input: z.string().optional() }))
    .min(1)
    .max(BATCH_LIMIT),
  kid,
});
export const signBatchAnswer = z.object({
  items: z.array(
    z.union([
      z.object({ reference, signature: base64urlField, kid: z.string() }),
      z.object({ reference, jws: z.string(), kid: z.string() }),
      z.object({ reference, error: z.object({ code: z.string() }) }),
    ]),
  ),
});
