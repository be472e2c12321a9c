import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Phase, Target } from '../check.js';
import type { CheckResult } from '../run/run-checks.js';
import { recordPage } from './record-page.js';

/** What was found at one time, kept as evidence. */
export interface DeploymentRecord {
  readonly purpose: 'cryptoutil deployment record 1';
  readonly at: string;
  readonly phase: Phase;
  readonly target: Target;
  readonly place: string;
  /** Who ran the checklist. */
  readonly by: string;
  /** Version and commit of the suite; of more than one when they differ. */
  readonly versions: readonly string[];
  readonly outcome: 'passed' | 'failed' | 'open';
  readonly results: readonly CheckResult[];
  /** Settings without secrets: what to go back to. */
  readonly configuration: Readonly<Record<string, string>>;
  /** Against the record before. */
  readonly changes: readonly string[];
  readonly figures: { readonly healthMs?: number; readonly authorizeMs?: number; readonly tokenMs?: number };
  readonly seconds: number;
}

/** A record as it lies in its file: with the signature of the key service over it, or the reason why there is none. */
export interface SignedRecord {
  readonly record: DeploymentRecord;
  /** Compact JWS over the hash of the record; null when the key service could not sign. */
  readonly signature: string | null;
  readonly unsigned_because?: string;
  /** Public keys (RFC 7517) of the identity that signed. */
  readonly keys: readonly object[];
}

/** Writes JSON and page beside each other, 0600, under a name that no other record has. */
export function keepRecord(folder: string, signed: SignedRecord): { json: string; page: string } {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const { at, phase, target } = signed.record;
  const stem = `${at.replaceAll(/[:.]/g, '-')}-${phase}-${target}`;
  for (let copy = 0; ; copy += 1) {
    const base = join(folder, copy === 0 ? stem : `${stem}-${copy}`);
    const [json, page] = [`${base}.json`, `${base}.html`];
    if (existsSync(json)) continue;
    writeFileSync(json, `${JSON.stringify(signed, undefined, 2)}\n`, { mode: 0o600, flag: 'wx' });
    writeFileSync(page, recordPage(signed), { mode: 0o600, flag: 'wx' });
    return { json, page };
  }
}

/** The records of a target in a folder, newest first. Files that are no records are passed over. */
export function earlierRecords(folder: string, target: Target): DeploymentRecord[] {
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder).filter((name) => name.endsWith('.json'));
  const records = names.flatMap((name) => {
    try {
      const { record } = JSON.parse(readFileSync(join(folder, name), 'utf8')) as SignedRecord;
      return record.target === target && Array.isArray(record.results) ? [record] : [];
    } catch {
      return [];
    }
  });
  return records.sort((a, b) => (a.at < b.at ? 1 : -1));
}
