import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/** Clock ticks a second, as Linux reports them in /proc. */
const TICKS = 100;

/** Seconds of CPU that a process and those it has started have used, in user and kernel mode, all threads together. Linux only. */
export function cpuSeconds(pid: number): number {
  return [pid, ...childrenOf(pid)].reduce((sum, one) => sum + ownCpuSeconds(one), 0);
}

/** Processes that a process has started and that are still there. Linux only. */
export function childrenOf(pid: number): number[] {
  return readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
    readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
  );
}

/** Resolves when a process has used less than 5 % of a core for two seconds, after a minute at the latest. */
export async function untilQuiet(pid: number): Promise<void> {
  for (let tries = 0; tries < 30; tries += 1) {
    const before = cpuSeconds(pid);
    await delay(2_000);
    if (cpuSeconds(pid) - before < 0.1) return;
  }
}

function ownCpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS;
}

/** Resident memory of a process in MiB. Linux only. */
export function residentMiB(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? Number.NaN) / 1_024;
}
