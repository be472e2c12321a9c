import { linkSync, rmSync, writeFileSync } from 'node:fs';
import { CommandFailure } from '../command-failure.js';
import { identifyProcess, isRunning, signalProcess, type ProcessIdentity } from '../processes/process-identity.js';
import { waitUntil } from '../processes/wait-until.js';
import type { Home } from './home.js';
import { readTextIfPresent, writePrivateFile } from './private-file.js';

interface Run {
  readonly owner: ProcessIdentity;
  readonly children: Readonly<Record<string, ProcessIdentity>>;
}

/** How long the children of a killed suite get to stop on their own before they are killed too. */
const ORPHAN_GRACE_MS = 10_000;

/** Says that this process, and no other, runs the suite of a home, and which children it has. */
export class RunLock {
  private children: Record<string, ProcessIdentity> = {};

  private constructor(
    private readonly home: Home,
    private readonly owner: ProcessIdentity,
  ) {}

  /**
   * Takes the home for this process. Throws a `CommandFailure` when another process runs a suite in it. What a suite that was
   * killed has left running is awaited, and in the end killed.
   */
  static async acquire(home: Home): Promise<RunLock> {
    const owner = identifyProcess(process.pid) ?? { pid: process.pid };
    for (;;) {
      if (claim(home, { owner, children: {} })) return new RunLock(home, owner);
      const earlier = readRun(home);
      if (earlier && isRunning(earlier.owner)) {
        throw new CommandFailure(
          `A suite already runs in ${home.folder} (process ${earlier.owner.pid}): stop it with Ctrl-C there or "kill ${earlier.owner.pid}", or set CRYPTOUTIL_HOME to another folder.`,
        );
      }
      if (earlier) await outliveOrphans(Object.values(earlier.children));
      if (readRun(home)?.owner.pid === earlier?.owner.pid) rmSync(home.runFile, { force: true });
    }
  }

  /** Remembers a child, so that a later start can tell whether it has outlived this process. */
  addChild(name: string, pid: number): void {
    this.children = { ...this.children, [name]: identifyProcess(pid) ?? { pid } };
    this.write();
  }

  removeChild(name: string): void {
    this.children = Object.fromEntries(Object.entries(this.children).filter(([other]) => other !== name));
    this.write();
  }

  release(): void {
    rmSync(this.home.runFile, { force: true });
  }

  private write(): void {
    writePrivateFile(this.home.runFile, JSON.stringify({ owner: this.owner, children: this.children } satisfies Run));
  }
}

/** The process that runs the suite of a home now, or undefined. */
export function runningSuite(home: Home): ProcessIdentity | undefined {
  const run = readRun(home);
  return run && isRunning(run.owner) ? run.owner : undefined;
}

/** The processes of the suite in a home, by name, whether they still run or not; none when nobody runs it. */
export const readChildren = (home: Home): Readonly<Record<string, ProcessIdentity>> => readRun(home)?.children ?? {};

/** A link is made or refused in one step, and what it names is complete before: nobody reads half a file. */
function claim(home: Home, run: Run): boolean {
  const draft = `${home.runFile}.${process.pid}`;
  writeFileSync(draft, JSON.stringify(run), { mode: 0o600 });
  try {
    linkSync(draft, home.runFile);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

function readRun(home: Home): Run | undefined {
  const text = readTextIfPresent(home.runFile);
  try {
    return text ? (JSON.parse(text) as Run) : undefined;
  } catch {
    return undefined;
  }
}

async function outliveOrphans(orphans: ProcessIdentity[]): Promise<void> {
  const allGone = (): boolean => !orphans.some(isRunning);
  if (await waitUntil(allGone, { timeoutMs: ORPHAN_GRACE_MS })) return;
  for (const orphan of orphans) signalProcess(orphan, 'SIGKILL');
  await waitUntil(allGone, { timeoutMs: ORPHAN_GRACE_MS });
}
