import { CommandFailure } from '../command-failure.js';
import { createProgress, type Progress } from '../terminal/progress.js';
import { backUp } from './backup.js';
import { otherColour, type Colour } from './colours.js';
import { Deployment } from './deployment.js';
import { baselineOf, describe, watchColour } from './watch.js';

/** How a new version is brought in; times in seconds. */
export interface StartOptions {
  readonly folder?: string;
  /** Default: what the idle colour is set to. */
  readonly image?: string;
  readonly healthyWithin: number;
  readonly watch: number;
  readonly backup: boolean;
}

/**
 * Brings a new version in beside the running one: back up, migrate, start the idle colour, wait until it is healthy, try it, make it
 * warm, switch, watch,
 * retire the old colour. Whatever goes wrong before the switch leaves everybody where they were; what goes wrong afterwards is switched
 * back. Resolves to the exit code: 0 when the new version stays, 1 when it was given up.
 */
export async function startDeployment(options: StartOptions, progress = createProgress()): Promise<number> {
  const deployment = Deployment.at(options.folder);
  const active = await deployment.haproxy.colour();
  const next = otherColour(active);
  const begun = performance.now();
  progress.note(`${active} is active; ${next} gets the new version.`);
  const previous = deployment.settings;
  try {
    await prepare(deployment, next, options, progress);
  } catch (error) {
    await progress.step(`${next} stopped`, () => deployment.compose.stop(next));
    if (options.image) deployment.restore(previous);
    progress.note(`${(error as Error).message}\nNobody was switched: ${active} goes on.`);
    return 1;
  }
  const baseline = await baselineOf(deployment, active);
  progress.note(`  before: ${describe(baseline.figures)} in five minutes`);
  await progress.step(`switched to ${next}`, () => deployment.use(next));
  const reason = await progress.step(`watched for up to ${options.watch} s`, () =>
    watchColour(deployment, next, {
      forMs: options.watch * 1000,
      baseline,
      note: (line) => progress.note(line),
    }),
  );
  if (reason !== undefined) {
    progress.note(`Going back to ${active}: ${reason}.`);
    await progress.step(`switched back to ${active}`, () => deployment.use(active));
    // What was given up is no version to go back to, nor one that migrates or backs up.
    if (options.image) deployment.restore({ ...previous, COMPOSE_PROFILES: deployment.settings.COMPOSE_PROFILES! });
    await retire(deployment, next, progress);
    return 1;
  }
  await retire(deployment, active, progress);
  progress.note(
    `${next} is active after ${Math.round((performance.now() - begun) / 1000)} s. To go back: cryptoutil deploy rollback`,
  );
  return 0;
}

async function prepare(
  deployment: Deployment,
  next: Colour,
  { image, healthyWithin, backup }: StartOptions,
  { step, note }: Progress,
): Promise<void> {
  if (image) deployment.setImage(next, image);
  if (backup) {
    note(`  ${await step('databases backed up', () => backUp(deployment))}`);
  }
  await step('schemas brought up to date', () => deployment.compose.run('run', '--rm', '--no-deps', '-T', 'migrate'));
  await step(`${next} started`, () => deployment.compose.up(next));
  await step(`${next} healthy`, () => deployment.waitHealthy(next, healthyWithin * 1000));
  await step(`${next} answers and is warm`, () => deployment.tryOut(next, note));
}

/** Sends new connections to the other colour, or a named one, which must run and be healthy. Both go on running. */
export async function switchColour(
  { folder, to }: { folder?: string; to?: Colour },
  { step, note } = createProgress(),
): Promise<void> {
  const deployment = Deployment.at(folder);
  const active = await deployment.haproxy.colour();
  const next = to ?? otherColour(active);
  if (next === active) {
    note(`${active} is active already.`);
    return;
  }
  const backends = await deployment.haproxy.backends();
  const missing = backends.filter(({ colour, ready }) => colour === next && ready === 0);
  if (missing.length > 0) {
    throw new CommandFailure(
      `${next} is not ready (${missing.map(({ service }) => service).join(', ')}): ${active} stays active.`,
    );
  }
  await step(`switched to ${next}`, () => deployment.use(next));
}

/** Goes back to the colour that was active before: starts it when it was stopped, switches, retires the present one. */
export async function rollbackDeployment(
  { folder, healthyWithin }: { folder?: string; healthyWithin: number },
  progress = createProgress(),
): Promise<void> {
  const deployment = Deployment.at(folder);
  const active = await deployment.haproxy.colour();
  const back = otherColour(active);
  const begun = performance.now();
  await progress.step(`${back} started`, () => deployment.compose.up(back));
  await progress.step(`${back} healthy`, () => deployment.waitHealthy(back, healthyWithin * 1000));
  await progress.step(`switched to ${back}`, () => deployment.use(back));
  const took = Math.round((performance.now() - begun) / 1000);
  await retire(deployment, active, progress);
  progress.note(`${back} serves since ${took} s after the command. No data was touched.`);
}

/** The colour gets no new connections any more; its services tell those they have to go, and then end. Data stays. */
const retire = (deployment: Deployment, colour: Colour, { step }: Progress): Promise<void> =>
  step(`${colour} stopped, its connections ended one by one`, () => deployment.compose.stop(colour));
