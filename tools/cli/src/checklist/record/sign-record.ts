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

/** The key of the identity ops; it is made when the key service is unsealed, and used for nothing else. */
const KEY = 'deployment-records';

interface Statement {
  readonly purpose: string;
  readonly sha256: string;
}

const statementOf = (record: DeploymentRecord): Statement => ({
  purpose: record.purpose,
  sha256: sha256(JSON.stringify(record)).toString('hex'),
});

/** Signs a record by the key service, with the certificate of ops. What stands in the way becomes the reason why it is not signed. */
export async function signRecord(record: DeploymentRecord, kmsUrl: string, operator: Agent): Promise<SignedRecord> {
  try {
    const api = `${kmsUrl}/service/api/v1/elastic-keys`;
    const found = await expect<{ items: { id: string }[] }>(operator, `${api}?name=${KEY}`);
    const id = found.items[0]?.id;
    if (id === undefined) throw new Error(`the key service has no key "${KEY}" of ops`);
    const payload = Buffer.from(JSON.stringify(statementOf(record))).toString('base64url');
    const { jws } = await expect<{ jws: string }>(operator, `${api}/${id}/sign`, { payload });
    const { keys } = await expect<{ keys: object[] }>(operator, `${api}/${id}/jwks`);
    return { record, signature: jws, keys };
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
  const { kid, alg } = decode(signature);
  const key = [...(trusted ?? keys)].find((each) => (each as { kid?: string }).kid === kid) as JsonWebKey | undefined;
  if (!key || alg !== 'ES256') {
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

function decode(signature: string): { kid?: string; alg?: string } {
  try {
    return decodeProtectedHeader(signature) as { kid?: string; alg?: string };
  } catch {
    throw new CommandFailure('The signature of the record is no JWS.');
  }
}

async function expect<T>(operator: Agent, url: string, body?: object): Promise<T> {
  const answer = await ask<T>(operator, url, body && { method: 'POST', body });
  if (answer.status === 200) return answer.body;
  throw new Error(`the key service did not sign: ${problemText(answer)}`);
}
