import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { ProcessIdentity } from '../../processes/process-identity.js';
import type { Usage } from './subject.js';

const SAMPLE_MS = 2_000;
/** What the kernel counts processor time in (USER_HZ), the same on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;

/** Processor share over two seconds and resident memory of processes; those that have ended are left out. */
export async function processUsage(processes: Readonly<Record<string, ProcessIdentity>>): Promise<Usage[]> {
  const before = new Map(Object.entries(processes).map(([id, { pid }]) => [id, ticksOf(pid)]));
  const begun = performance.now();
  await delay(SAMPLE_MS);
  const seconds = (performance.now() - begun) / 1000;
  return Object.entries(processes).flatMap(([id, { pid }]) => {
    const [first, last] = [before.get(id), ticksOf(pid)];
    if (first === undefined || last === undefined) return [];
    return [{ id, cpu: (last - first) / TICKS_PER_SECOND / seconds, memoryBytes: residentBytes(pid) }];
  });
}

function ticksOf(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return Number(fields[11]) + Number(fields[12]);
  } catch {
    return undefined;
  }
}

function residentBytes(pid: number): number {
  const kilobytes = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kilobytes ?? 0) * 1024;
}
