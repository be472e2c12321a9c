import { readFileSync } from 'node:fs';

/** A process that may be gone: its id alone is not enough, because ids are used again. */
export interface ProcessIdentity {
  readonly pid: number;
  /** When the kernel started it, in clock ticks after boot; undefined where the system does not tell. */
  readonly startTime?: string;
}

/** The identity of a running process, or undefined when there is none of this id. */
export function identifyProcess(pid: number): ProcessIdentity | undefined {
  const stat = processStat(pid);
  if (stat === undefined) return exists(pid) ? { pid } : undefined;
  return stat.state === 'Z' || stat.state === 'X' ? undefined : { pid, startTime: stat.startTime };
}

/** Whether exactly this process still runs; a process that took over its id does not count. */
export function isRunning(identity: ProcessIdentity): boolean {
  const current = identifyProcess(identity.pid);
  return current !== undefined && current.startTime === identity.startTime;
}

/** Sends a signal to exactly this process; nothing happens when it is gone. */
export function signalProcess(identity: ProcessIdentity, signal: NodeJS.Signals): void {
  if (!isRunning(identity)) return;
  try {
    process.kill(identity.pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function processStat(pid: number): { state: string; startTime: string } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the name in parentheses and may hold spaces and parentheses itself.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { state: fields[0]!, startTime: fields[19]! };
  } catch {
    return undefined;
  }
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
