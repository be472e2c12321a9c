import type { BackupStatus } from '../backup-status.js';

/** How one run of the command went. */
export interface BackupRun {
  readonly operation: 'create' | 'verify';
  readonly succeeded: boolean;
  readonly seconds: number;
}

/** One gauge with its value now; names and units as OpenTelemetry writes them. */
export interface Sample {
  readonly name: string;
  /** UCUM: `s`, `By`, or `1`. */
  readonly unit: string;
  readonly description: string;
  readonly value: number;
  readonly operation?: BackupRun['operation'];
}

/**
 * What monitoring wants to know after a run. Moments are Unix times in seconds, so that their age goes on growing when no run comes any
 * more. What there is none of (no good set, no verification) is left out.
 */
export function backupSamples(run: BackupRun, status: BackupStatus | undefined): Sample[] {
  const sets = status?.sets ?? [];
  const newest = sets.find((set) => set.good);
  const verified = sets.flatMap(({ good, every_row_opened: opened, verified_at: at }) =>
    good && opened && at !== undefined ? [seconds(at)] : [],
  );
  const samples: (Sample | undefined)[] = [
    {
      name: 'cryptoutil.backup.succeeded',
      unit: '1',
      description: 'Whether the last run succeeded: 1 or 0',
      value: run.succeeded ? 1 : 0,
      operation: run.operation,
    },
    {
      name: 'cryptoutil.backup.duration',
      unit: 's',
      description: 'How long the last run took',
      value: run.seconds,
      operation: run.operation,
    },
    newest?.point === undefined
      ? undefined
      : {
          name: 'cryptoutil.backup.last_good_time',
          unit: 's',
          description: 'Moment (Unix time) up to which the newest good set holds every write',
          value: seconds(newest.point),
        },
    verified.length === 0
      ? undefined
      : {
          name: 'cryptoutil.backup.last_verified_time',
          unit: 's',
          description: 'Moment (Unix time) of the last verification that opened every row of the kms',
          value: Math.max(...verified),
        },
    newest?.bytes === undefined
      ? undefined
      : {
          name: 'cryptoutil.backup.size',
          unit: 'By',
          description: 'Size of the newest good set',
          value: newest.bytes,
        },
    status && {
      name: 'cryptoutil.backup.sets',
      unit: '1',
      description: 'How many good sets there are',
      value: sets.filter((set) => set.good).length,
    },
  ];
  return samples.filter((sample) => sample !== undefined);
}

const seconds = (moment: string): number => Math.round(Date.parse(moment) / 1000);
