import { CommandFailure } from '../../command-failure.js';
import { readOrFail } from '../../requests/answers.js';
import type { SignedRecord } from './record.js';
import { verifyRecord } from './sign-record.js';

/** What `cryptoutil checklist verify` does. Throws a `CommandFailure` when the record is not proved. */
export async function verifyRecordFile(file: string, { jwks }: { jwks?: string }): Promise<void> {
  const signed = jsonOf<SignedRecord>(file);
  if (typeof signed.record !== 'object' || !Array.isArray(signed.keys))
    throw new CommandFailure(`${file} is no record.`);
  const trusted = jwks === undefined ? undefined : jsonOf<{ keys?: object[] }>(jwks).keys;
  if (jwks !== undefined && !Array.isArray(trusted))
    throw new CommandFailure(`${jwks} is no JSON Web Key Set (RFC 7517).`);
  const thumbprint = await verifyRecord(signed, trusted);
  const { phase, target, at, outcome } = signed.record;
  console.log(`genuine: checklist ${phase} on ${target} of ${at}, ${outcome}, signed by the key ${thumbprint}`);
  if (!trusted)
    console.log('The key is the one in the record: compare its thumbprint with the one you know, or give --jwks.');
}

function jsonOf<T>(file: string): T {
  try {
    return JSON.parse(readOrFail(file).toString('utf8')) as T;
  } catch (error) {
    if (error instanceof CommandFailure) throw error;
    throw new CommandFailure(`${file} is not JSON.`);
  }
}
