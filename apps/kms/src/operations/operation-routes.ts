import { DataKey, Generate } from './data-key.js';
import { Decrypt } from './decrypt.js';
import { Encrypt } from './encrypt.js';
import { Derive, Mac, MacVerify } from './mac.js';
import type { OperationRoute } from './operation.js';
import * as schema from './operations.schema.js';
import { Rewrap } from './rewrap.js';
import { Sign } from './sign.js';
import { Verify } from './verify.js';

const row = (
  name: OperationRoute['name'],
  operation: OperationRoute['operation'],
  scope: OperationRoute['scope'],
  body: OperationRoute['body'],
  answer: OperationRoute['answer'],
  description: string,
  { shared = [], refined = body }: { shared?: string[]; refined?: OperationRoute['refined'] } = {},
): OperationRoute => ({
  ...{ name, operation, scope, body, answer, description, refined },
  shared: ['dry_run', ...shared],
});
const context = { shared: ['context'] };
const kid = { shared: ['kid'] };

/** What is done with a key, one row an operation. Adding one is adding its class, its schemas and a row here. */
export const operationRoutes: readonly OperationRoute[] = [
  row('encrypt', Encrypt, 'kms:encrypt', schema.encryptBody, schema.encryptAnswer, 'The encrypted message', context),
  row('decrypt', Decrypt, 'kms:decrypt', schema.decryptBody, schema.decryptAnswer, 'The plaintext', context),
  row('rewrap', Rewrap, 'kms:wrap', schema.rewrapBody, schema.rewrapAnswer, 'The message under the current version', {
    shared: ['context', 'new_context'],
  }),
  row('sign', Sign, 'kms:sign', schema.signBody, schema.signAnswer, 'A compact JWS, or a raw signature', {
    ...kid,
    refined: schema.refinedSignBody,
  }),
  row('verify', Verify, 'kms:verify', schema.verifyBody, schema.verifyAnswer, 'Whether the message is genuine', {
    refined: schema.refinedVerifyBody,
  }),
  row('mac', Mac, 'kms:sign', schema.macBody, schema.macAnswer, 'The HMAC', kid),
  row(
    'mac-verify',
    MacVerify,
    'kms:verify',
    schema.macVerifyBody,
    schema.macVerifyAnswer,
    'Whether it is genuine',
    kid,
  ),
  row(
    'generate',
    Generate,
    'kms:generate',
    schema.generateBody,
    schema.generateAnswer,
    'A new key, encrypted',
    context,
  ),
  row('data-key', DataKey, 'kms:generate', schema.dataKeyBody, schema.dataKeyAnswer, 'A new data key', context),
  row('derive', Derive, 'kms:generate', schema.deriveBody, schema.deriveAnswer, 'The derived bytes', kid),
];
