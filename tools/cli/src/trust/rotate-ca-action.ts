import { setTimeout as delay } from 'node:timers/promises';
import { CommandFailure } from '../command-failure.js';
import { createProgress } from '../terminal/progress.js';
import { readBundle } from './authority-files.js';
import { durationSeconds } from './duration.js';
import { pkiFolder, requireDays } from './pki-actions.js';
import { RotateAuthority } from './rotate-ca.js';
import { nextStep, readRotation } from './rotation-state.js';
import { RunningServices } from './running-services.js';

export interface RotateCaOptions {
  readonly folder?: string;
  readonly begin?: boolean;
  readonly wait?: boolean;
  readonly settle: string;
  readonly overlap: string;
  readonly days: number;
}

/** Runs the step of a change of authority that comes next; with `wait` the ones after it too, each as soon as it is safe. */
export async function rotateCa(options: RotateCaOptions): Promise<void> {
  requireDays(options.days);
  const settleSeconds = durationSeconds(options.settle, '--settle');
  const overlapSeconds = durationSeconds(options.overlap, '--overlap');
  const folder = pkiFolder(options.folder);
  const rotate = new RotateAuthority(folder);
  const services = new RunningServices(folder);
  const { step, note } = createProgress();
  if (options.begin) {
    await step('make a new authority, trusted beside the old', async () => {
      await rotate.begin({ settleSeconds, overlapSeconds, days: options.days });
      await services.tellProxy();
    });
    if (!options.wait) return note(comesNext(folder));
  }
  do {
    const rotation = readRotation(folder);
    if (rotation && options.wait) {
      const wait = Date.parse(rotation.notBefore) - Date.now();
      if (wait > 0) await step(`wait until ${rotation.notBefore}`, () => delay(wait));
    }
    await step(rotation ? nextStep(rotation) : 'go on with the rotation', async () => {
      if (rotation?.phase === 'reissued') await requireNewEverywhere(folder, services);
      await rotate.proceed();
      await services.tellProxy();
    });
  } while (options.wait && readRotation(folder));
  note(comesNext(folder));
}

async function requireNewEverywhere(folder: string, services: RunningServices): Promise<void> {
  // The new authority is the first of the bundle since it issues.
  const late = await services.notServedBy(readBundle(folder)[0]!);
  if (late.length === 0) return;
  throw new CommandFailure(
    `A certificate of the old authority is still served at ${late.join(', ')}: see the log of the service, or restart it.`,
  );
}

function comesNext(folder: string): string {
  const rotation = readRotation(folder);
  if (!rotation) return 'The rotation has ended: only the new authority is trusted.';
  return `Next: ${nextStep(rotation)}, by "cryptoutil pki rotate-ca", not before ${rotation.notBefore}. Until then hand the new ca.crt to clients elsewhere.`;
}
