import { listSets, removeSet, type ListedSet } from './sets/backup-folder.js';
import type { Signer } from './sets/backup-keys.js';

/** Which sets are kept; a set is kept when any of these keeps it. */
export interface Retention {
  /** The newest so many good ones. */
  readonly keepLast?: number | undefined;
  /** Those that are not older than so many days. */
  readonly keepDays?: number | undefined;
}

const DAY_MS = 86_400_000;

/**
 * The sets that may go: good ones beyond the retention. Never the newest good one, never the newest whose every row was opened (nobody
 * knows that much of a newer one), and never one that is damaged: somebody has to look at it.
 */
export function expired(sets: readonly ListedSet[], { keepLast, keepDays }: Retention, now: Date): ListedSet[] {
  if (keepLast === undefined && keepDays === undefined) return [];
  const good = sets.filter(({ manifest }) => manifest !== undefined);
  const since = keepDays === undefined ? Infinity : now.getTime() - keepDays * DAY_MS;
  const kept = new Set([
    ...good.slice(-Math.max(1, keepLast ?? 1)),
    ...good.filter(({ verification }) => verification?.opened).slice(-1),
    ...good.filter(({ manifest }) => Date.parse(manifest!.point) >= since),
  ]);
  return good.filter((set) => !kept.has(set));
}

/** Removes the expired sets of a folder; resolves to their names. */
export async function prune(folder: string, signer: Signer, retention: Retention, now = new Date()): Promise<string[]> {
  const gone = expired(await listSets(folder, signer), retention, now).map(({ id }) => id);
  gone.forEach((id) => removeSet(folder, id));
  return gone;
}
