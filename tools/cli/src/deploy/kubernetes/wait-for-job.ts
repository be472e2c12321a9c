import { setTimeout as delay } from 'node:timers/promises';
import { CommandFailure } from '../../command-failure.js';
import type { Kubectl } from './kubectl.js';

interface Job {
  readonly status?: {
    readonly conditions?: readonly { readonly type: string; readonly status: string; readonly message?: string }[];
  };
}

/**
 * Waits until a Job has done its work. Rejects with a `CommandFailure` as soon as it has failed, which "kubectl wait" would not notice, or
 * when it is not done within the time.
 */
export async function waitForJob(
  kubectl: Kubectl,
  job: string,
  { seconds, everyMs = 1_000 }: { seconds: number; everyMs?: number },
): Promise<void> {
  const until = performance.now() + seconds * 1_000;
  for (;;) {
    const { status } = JSON.parse(await kubectl.run(['get', 'job', job, '-o', 'json'])) as Job;
    const holds = (type: string) => status?.conditions?.find((each) => each.type === type && each.status === 'True');
    if (holds('Complete')) return;
    const failure = holds('Failed');
    if (failure)
      throw new CommandFailure(
        `The job ${job} failed: ${failure.message}. See: kubectl logs job/${job} --all-containers`,
      );
    if (performance.now() > until) throw new CommandFailure(`The job ${job} was not done within ${seconds} s.`);
    await delay(everyMs);
  }
}
