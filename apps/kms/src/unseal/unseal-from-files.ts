import { readFile } from 'node:fs/promises';
import { isDatabaseUnavailable } from '@cryptoutil/database';
import type { Logger } from '@cryptoutil/telemetry';
import type { UnsealBarrier } from './unseal-barrier.js';
import { KmsError } from '../errors/kms-error.js';

/** A share file is one line of text. */
const MAX_BYTES = 1024;
/** Pause before another try while the database cannot be reached, in milliseconds: doubled each time up to the most. */
const PAUSE_MS = { first: 200, most: 5000 };

/**
 * Unseals at the start from the shares in files: any threshold-many good ones do. Says in one sentence what came of it, and leaves
 * the kms sealed when they do not suffice. While the database is away it tries again, until `signal` ends it.
 */
export async function unsealFromFiles(
  unseal: Pick<UnsealBarrier, 'giveShare' | 'status' | 'ready'>,
  paths: readonly string[],
  logger: Logger,
  signal: AbortSignal,
): Promise<void> {
  for (let pauseMs = PAUSE_MS.first; !signal.aborted; pauseMs = Math.min(pauseMs * 2, PAUSE_MS.most)) {
    try {
      await attempt(unseal, paths, logger);
      return;
    } catch (error) {
      if (!isDatabaseUnavailable(error)) {
        logger.error(
          { err: error },
          `The kms stays sealed: ${error instanceof KmsError ? error.message : 'unsealing failed.'}`,
        );
        return;
      }
      logger.warn('The kms stays sealed for now: the database cannot be reached; unsealing is tried again.');
      await pause(pauseMs, signal);
    }
  }
}

async function attempt(
  unseal: Pick<UnsealBarrier, 'giveShare' | 'status' | 'ready'>,
  paths: readonly string[],
  logger: Logger,
): Promise<void> {
  const before = await unseal.status();
  if (!before.initialized) {
    logger.warn('The kms has not been initialised: the share files are not used.');
    return;
  }
  const faults: string[] = [];
  for (const path of paths) {
    if (unseal.ready) break;
    const fault = await giveFile(unseal, path);
    if (fault !== undefined) faults.push(`${path}: ${fault}`);
  }
  const wrong = faults.length > 0 ? ` (${faults.join('; ')})` : '';
  if (unseal.ready) {
    logger.info({ refused_files: faults.length }, `The kms is unsealed from share files${wrong}.`);
    return;
  }
  const { round, threshold } = await unseal.status();
  const good = round?.received.length ?? 0;
  logger.error(`The kms stays sealed: ${good} of the ${threshold} shares it needs are in the share files${wrong}.`);
}

/** What is wrong with a file; undefined when its share was taken. */
async function giveFile(unseal: Pick<UnsealBarrier, 'giveShare'>, path: string): Promise<string | undefined> {
  let text: string;
  try {
    const content = await readFile(path);
    if (content.length > MAX_BYTES) return 'is no share file.';
    text = content.toString('utf8');
    content.fill(0);
  } catch (error) {
    return `cannot be read (${(error as NodeJS.ErrnoException).code ?? 'error'}).`;
  }
  try {
    await unseal.giveShare(text, undefined);
    return undefined;
  } catch (error) {
    if (error instanceof KmsError && error.code === 'share_invalid') return error.detail;
    throw error;
  }
}

const pause = (ms: number, signal: AbortSignal) =>
  new Promise<void>((resolve) => {
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done, { once: true });
    function done() {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    }
  });
