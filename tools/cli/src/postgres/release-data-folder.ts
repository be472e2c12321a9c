import { readlinkSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { CommandFailure } from '../command-failure.js';
import { readTextIfPresent } from '../home/private-file.js';
import { identifyProcess, isRunning, signalProcess } from '../processes/process-identity.js';
import { waitUntil } from '../processes/wait-until.js';

const STOP_WITHIN_MS = 15_000;

/**
 * Makes sure that no server of an earlier start holds a data folder: stops one that still runs, and removes the note of one that was
 * killed when its process id has gone to another process since (PostgreSQL would take that one for its predecessor and give up).
 */
export async function releaseDataFolder(folder: string): Promise<void> {
  const note = join(folder, 'postmaster.pid');
  const pid = Number(readTextIfPresent(note)?.split('\n')[0]);
  if (!Number.isInteger(pid) || pid <= 0) return;
  const holder = identifyProcess(pid);
  if (!holder || !worksIn(pid, folder)) {
    rmSync(note, { force: true });
    return;
  }
  for (const signal of ['SIGINT', 'SIGQUIT'] as const) {
    signalProcess(holder, signal);
    if (await waitUntil(() => !isRunning(holder), { timeoutMs: STOP_WITHIN_MS })) return;
  }
  throw new CommandFailure(
    `A PostgreSQL of an earlier start (process ${pid}) holds ${folder} and does not stop: end it and try again.`,
  );
}

/** The server makes its data folder its working directory. */
function worksIn(pid: number, folder: string): boolean {
  try {
    return readlinkSync(`/proc/${pid}/cwd`) === folder;
  } catch {
    return false;
  }
}
