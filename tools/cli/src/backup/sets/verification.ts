import { join } from 'node:path';
import { sha256 } from '@cryptoutil/crypto';
import { z } from 'zod';
import { readTextIfPresent, writePrivateFile } from '../../home/private-file.js';

const FILE = 'verification.json';

const recordSchema = z.strictObject({
  set: z.string(),
  /** Hash of the manifest that was verified, so that the record is not good for another set of the same name. */
  manifest_sha256: z.string(),
  verified_at: z.iso.datetime(),
  version: z.string(),
  seconds: z.number(),
  restored: z.array(
    z.strictObject({
      service: z.string(),
      tables: z.number().int(),
      rows: z.number().int(),
      shape_differs: z.boolean(),
    }),
  ),
  /** Undefined when no shares were given: then the rows were restored and counted, but not opened. */
  kms: z
    .strictObject({
      opened: z.record(z.string(), z.number().int()),
      audit_events: z.number().int(),
      ciphertexts: z.number().int(),
    })
    .optional(),
});

/** What a verification has proved, as it lies in the folder of its set. Names as in the file. */
export type VerificationRecord = z.output<typeof recordSchema>;

/** When a set was restored for a trial, and whether every row of its kms was opened. */
export interface Verification {
  readonly at: Date;
  readonly opened: boolean;
}

/** Writes the record beside the files of the set; it replaces an older one. */
export function writeVerification(path: string, record: Omit<VerificationRecord, 'manifest_sha256'>): void {
  const whole: VerificationRecord = { ...record, manifest_sha256: manifestHash(path) };
  writePrivateFile(join(path, FILE), `${JSON.stringify(whole, undefined, 2)}\n`);
}

/** The verification of the set in this folder; undefined when there was none, or the record is not about this manifest. */
export function readVerification(path: string): Verification | undefined {
  const text = readTextIfPresent(join(path, FILE));
  if (text === undefined) return undefined;
  const record = recordSchema.safeParse(parsed(text));
  if (!record.success || record.data.manifest_sha256 !== manifestHash(path)) return undefined;
  return { at: new Date(record.data.verified_at), opened: record.data.kms !== undefined };
}

const manifestHash = (path: string): string =>
  sha256(readTextIfPresent(join(path, 'manifest.jws')) ?? '').toString('hex');

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
