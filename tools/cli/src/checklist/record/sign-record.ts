import {
  decodeProtectedHeader,
  importPublicJwk,
  jwkThumbprint,
  sha256,
  verifyJws,
  type JsonWebKey,
} from '@cryptoutil/crypto';
import type { Agent } from 'undici';
import { CommandFailure } from '../../command-failure.js';
import { ask, problemText } from '../../requests/answers.js';
import type { DeploymentRecord, SignedRecord } from './record.js';

/** Separates what the key service attests from everything else that it signs. */
const TYPE = 'kms-attestation';

interface Statement {
  readonly purpose: string;
  readonly sha256: string;
}

const statementOf = (record: DeploymentRecord): Statement => ({
  purpose: record.purpose,
  sha256: sha256(JSON.stringify(record)).toString('hex'),
});

/** Signs a record by the key service, with the certificate of ops: the hash, and the time by its own clock. What stands in the way becomes the reason why it is not signed. */
export async function signRecord(record: DeploymentRecord, kmsUrl: string, operator: Agent): Promise<SignedRecord> {
  try {
    const answer = await ask<{ signature: string; keys: object[] }>(operator, `${kmsUrl}/admin/v1/attestations`, {
      method: 'POST',
      body: statementOf(record),
    });
    if (answer.status !== 200) throw new Error(`the key service did not sign: ${problemText(answer)}`);
    return { record, ...answer.body };
  } catch (error) {
    return { record, signature: null, unsigned_because: (error as Error).message, keys: [] };
  }
}

/**
 * Proves a record without the key service: it is as it was signed, by a key of its own list, which must be in `trusted` when that is
 * given. Resolves to the thumbprint (RFC 7638) of the key. Throws a `CommandFailure` that says what is wrong.
 */
export async function verifyRecord(
  { record, signature, unsigned_because: reason, keys }: SignedRecord,
  trusted?: readonly object[],
): Promise<string> {
  if (signature === null) throw new CommandFailure(`The record is not signed: ${reason ?? 'no reason is given'}.`);
  const { kid, alg, typ } = decode(signature);
  const key = [...(trusted ?? keys)].find((each) => (each as { kid?: string }).kid === kid) as JsonWebKey | undefined;
  if (!key || alg !== 'ES256' || typ !== TYPE) {
    throw new CommandFailure(
      `The record is signed by the key ${kid}, which is not among the ${trusted ? 'trusted' : 'named'} keys.`,
    );
  }
  let signed: Statement;
  try {
    const { payload } = await verifyJws(importPublicJwk('ES256', key), signature);
    signed = JSON.parse(payload.toString('utf8')) as Statement;
  } catch {
    throw new CommandFailure('The signature of the record is wrong.');
  }
  const expected = statementOf(record);
  if (signed.purpose !== expected.purpose || signed.sha256 !== expected.sha256) {
    throw new CommandFailure('The record was changed after it was signed.');
  }
  return jwkThumbprint(key);
}

function decode(signature: string): { kid?: string; alg?: string; typ?: string } {
  try {
    return decodeProtectedHeader(signature) as { kid?: string; alg?: string; typ?: string };
  } catch {
    throw new CommandFailure('The signature of the record is no JWS.');
  }
}
