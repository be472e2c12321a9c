import { listSets, type ListedSet } from './sets/backup-folder.js';
import type { Signer } from './sets/backup-keys.js';

/** One set, as `backup list --json` prints it. */
export interface SetStatus {
  readonly id: string;
  readonly good: boolean;
  readonly fault?: string;
  readonly point?: string;
  readonly age_seconds?: number;
  readonly bytes?: number;
  readonly version?: string;
  /** When it was last restored for a trial, and whether every row of the kms was opened then. */
  readonly verified_at?: string;
  readonly every_row_opened?: boolean;
}

/** All sets, newest first, and the two ages that operation looks at; null when there is no such set. */
export interface BackupStatus {
  readonly last_good_age_seconds: number | null;
  /** Since the last restore for a trial in which every row of the kms was opened. */
  readonly last_verified_age_seconds: number | null;
  readonly sets: readonly SetStatus[];
}

/** How the backups of a folder are: for the checklist and for monitoring. */
export async function backupStatus(folder: string, signer: Signer, now = new Date()): Promise<BackupStatus> {
  const listed = (await listSets(folder, signer)).reverse();
  const since = (at: Date): number => Math.max(0, Math.round((now.getTime() - at.getTime()) / 1000));
  const verified = listed
    .filter(({ manifest, verification }) => manifest && verification?.opened)
    .map(({ verification }) => since(verification!.at));
  const good = listed.find(({ manifest }) => manifest !== undefined);
  return {
    last_good_age_seconds: good ? since(new Date(good.manifest!.point)) : null,
    last_verified_age_seconds: verified.length > 0 ? Math.min(...verified) : null,
    sets: listed.map((set) => describe(set, since)),
  };
}

function describe({ id, manifest, fault, verification }: ListedSet, since: (at: Date) => number): SetStatus {
  return {
    id,
    good: manifest !== undefined,
    ...(fault !== undefined && { fault }),
    ...(manifest && {
      point: manifest.point,
      age_seconds: since(new Date(manifest.point)),
      bytes: manifest.files.reduce((sum, { bytes }) => sum + bytes, 0),
      version: manifest.version,
    }),
    ...(verification && { verified_at: verification.at.toISOString(), every_row_opened: verification.opened }),
  };
}

/** The status as a table for people. */
export function formatStatus({ sets }: BackupStatus): string {
  if (sets.length === 0) return 'There are no backups.';
  const rows = sets.map((set) => [
    set.id,
    set.age_seconds === undefined ? '' : duration(set.age_seconds),
    set.bytes === undefined ? '' : `${(set.bytes / 1024).toFixed(0)} KiB`,
    set.version ?? '',
    set.good ? verifiedText(set) : `NOT GOOD: ${set.fault}`,
  ]);
  const table = [['set', 'age', 'size', 'version', 'verified'], ...rows];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...table.map((row) => row[column]!.length)));
  return table
    .map((row) =>
      row
        .map((cell, at) => cell.padEnd(widths[at] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

const verifiedText = ({ verified_at: at, every_row_opened: opened }: SetStatus): string =>
  at === undefined ? 'never' : `${at.slice(0, 16).replace('T', ' ')}${opened ? '' : ' (without opening rows)'}`;

function duration(seconds: number): string {
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7_200) return `${Math.round(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86_400)} days`;
}
