import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import {
  CHAIN_START,
  type JsonWebKey,
  decodeProtectedHeader,
  followsOn,
  importPublicJwk,
  jwkThumbprint,
  verifyJws,
} from '@cryptoutil/crypto';
import { z } from 'zod';
import { CommandFailure } from '../command-failure.js';

/** What separates the audit chain of the kms from every other use of its hash. */
const PURPOSE = 'cryptoutil-kms audit 1';

const hash = z.string().regex(/^[0-9a-f]{64}$/);
const eventLine = z.strictObject({ seq: z.number().int(), previous: hash, hash, event: z.string() });
const headLine = z.strictObject({
  head: z.strictObject({ seq: z.number().int(), hash }),
  signature: z.string(),
  keys: z.array(z.looseObject({ kid: z.string() })),
});

/** What an export proved: how many events, and the thumbprint of the key that signed their end. */
export interface AuditVerdict {
  events: number;
  thumbprint: string;
}

/**
 * Verifies an export of the audit chain without the kms: each line follows on the one before, the last names the end and is signed. The key
 * comes with the file, so its thumbprint is worth comparing: `thumbprint` demands one. Throws a `CommandFailure` naming the line that is wrong.
 */
export async function verifyAuditFile(file: string, thumbprint?: string): Promise<AuditVerdict> {
  let before: { sequence: number; hash: Uint8Array } = { sequence: 0, hash: CHAIN_START };
  let end: z.output<typeof headLine> | undefined;
  let number = 0;
  for await (const text of createInterface({ input: createReadStream(file), crlfDelay: Infinity })) {
    number += 1;
    if (end) throw new CommandFailure(`Line ${number} comes after the end of the chain.`);
    const json = parsed(text);
    const line = eventLine.safeParse(json);
    if (!line.success) {
      end = headLine.safeParse(json).data;
      if (!end) throw new CommandFailure(`Line ${number} is no line of an audit export.`);
      continue;
    }
    const { seq, previous, event } = line.data;
    const record = {
      sequence: seq,
      text: event,
      previous: Buffer.from(previous, 'hex'),
      hash: Buffer.from(line.data.hash, 'hex'),
    };
    if (!followsOn(PURPOSE, before, record))
      throw new CommandFailure(`The chain is broken at line ${number} (event ${seq}).`);
    before = record;
  }
  if (!end) throw new CommandFailure('The export has no end: it was cut off.');
  const { head } = end;
  if (head.seq !== before.sequence || head.hash !== Buffer.from(before.hash).toString('hex'))
    throw new CommandFailure(`The chain ends at event ${before.sequence}, its signed end is event ${head.seq}.`);
  const found = await signerOf(end);
  if (thumbprint !== undefined && found !== thumbprint)
    throw new CommandFailure(`The end is signed by the key ${found}, not by ${thumbprint}.`);
  return { events: before.sequence, thumbprint: found };
}

async function signerOf({ head, signature, keys }: z.output<typeof headLine>): Promise<string> {
  try {
    const { kid, typ } = decodeProtectedHeader(signature);
    const key = keys.find((one) => one.kid === kid) as JsonWebKey | undefined;
    if (key && typ === 'kms-audit-head') {
      const { payload } = await verifyJws(importPublicJwk('ES256', key), signature);
      const signed = JSON.parse(payload.toString('utf8')) as { seq: number; hash: string };
      if (signed.seq === head.seq && signed.hash === head.hash) return jwkThumbprint(key);
    }
  } catch {
    // Falls through: whatever is wrong with the signature, the end is not proved.
  }
  throw new CommandFailure('The signature of the end is wrong.');
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
