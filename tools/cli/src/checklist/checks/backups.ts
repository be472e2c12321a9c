import { confirm, failed, passed, type Check } from '../check.js';
import type { CheckContext } from '../context.js';

const DAY_SECONDS = 86_400;
const MAXIMUM_AGE_DAYS = 1;
const RESTORE_TEST_DAYS = 30;

/** What `cryptoutil backup list --json` tells. */
interface BackupList {
  readonly last_good_age_seconds: number | null;
  readonly last_verified_age_seconds: number | null;
  readonly sets: readonly { readonly id: string; readonly good: boolean; readonly fault?: string }[];
}

/** Copies of the data, and the proof that they can be restored. */
export const backups: readonly Check[] = [
  {
    id: 'backup.recent',
    title: 'The databases are backed up, and the newest backup is whole and less than a day old',
    phases: ['pre', 'weekly'],
    lines: ['A96', 'A235', 'S53'],
    todo: 'cryptoutil backup create, then cryptoutil backup verify. "cryptoutil deploy start" makes a set of its own as well.',
    run: async (context) => {
      const list = await listed(context);
      if (typeof list === 'string') return confirm(list);
      const age = list.last_good_age_seconds;
      if (age === null) return failed(faultOf(list) ?? 'there is no backup');
      const newest = list.sets[0];
      if (newest && !newest.good) return failed(`the newest, ${newest.id}, is not good: ${newest.fault ?? 'unknown'}`);
      return age <= MAXIMUM_AGE_DAYS * DAY_SECONDS
        ? passed(`${newest?.id}, ${hours(age)} old, whole`)
        : failed(`the newest good backup is ${hours(age)} old`);
    },
  },
  {
    id: 'backup.restore-tested',
    title: 'Restoring was tested within the last 30 days',
    phases: ['pre', 'monthly', 'quarterly'],
    lines: ['S54', 'A224', 'A247'],
    todo: 'cryptoutil backup verify --share-file s1 s2 s3 restores into a scratch server and opens every row of the key service.',
    run: async (context) => {
      const list = await listed(context);
      if (typeof list === 'string') return confirm(list);
      const age = list.last_verified_age_seconds;
      if (age === null) return failed('no backup was ever restored for a trial with its shares');
      const days = Math.floor(age / DAY_SECONDS);
      return days <= RESTORE_TEST_DAYS
        ? passed(`restored and opened ${days} days ago`)
        : failed(`the last restore test is ${days} days ago`);
    },
  },
];

async function listed(context: CheckContext): Promise<BackupList | string> {
  const { code, output, complaint = '' } = await context.backups();
  try {
    return JSON.parse(output) as BackupList;
  } catch {
    const reason = complaint.trim().split('\n')[0] || `it ended with ${code}`;
    return `"cryptoutil backup list" tells nothing (${reason}): say where the backups are, how old, and when one was last restored`;
  }
}

const faultOf = ({ sets }: BackupList): string | undefined =>
  sets[0] && `there is no good backup; the newest is not: ${sets[0].fault ?? 'unknown'}`;

const hours = (seconds: number): string =>
  seconds < 2 * DAY_SECONDS ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / DAY_SECONDS)} days`;
