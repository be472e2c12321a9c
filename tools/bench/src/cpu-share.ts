import { existsSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs';

const controller = '/sys/fs/cgroup/cpu';
const PERIOD_MICROSECONDS = 20_000;

/**
 * Gives a process so much of one core and no more (cpu controller of cgroup v1, root). The function it returns takes the group away,
 * when the process has ended. Errors: no such controller here.
 */
export function limitCpu(pid: number, share: number): () => void {
  if (!existsSync(`${controller}/cpu.cfs_quota_us`))
    throw new Error(`--share needs the cpu controller of cgroup v1 at ${controller}, as root.`);
  const group = `${controller}/cryptoutil-bench-${pid}`;
  mkdirSync(group);
  writeFileSync(`${group}/cpu.cfs_period_us`, String(PERIOD_MICROSECONDS));
  writeFileSync(`${group}/cpu.cfs_quota_us`, String(Math.round(PERIOD_MICROSECONDS * share)));
  writeFileSync(`${group}/cgroup.procs`, String(pid));
  return () => rmdirSync(group);
}
