import type { ChildProcess } from 'node:child_process';
import cluster from 'node:cluster';
import { fileURLToPath } from 'node:url';

/** Starts a process that shares the listening ports of all workers; connections are handed to them in turn. */
export function forkWorker(): ChildProcess {
  cluster.setupPrimary({ exec: fileURLToPath(new URL('./worker-main.js', import.meta.url)), args: [] });
  return cluster.fork().process;
}
