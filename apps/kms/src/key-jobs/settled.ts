import { KmsError } from '../errors/kms-error.js';

/** Does the work for one after the other and counts where it did something; a key that is refused does not keep the others from their turn. */
export async function settled<T>(items: readonly T[], work: (item: T) => Promise<boolean>): Promise<number> {
  let done = 0;
  let refused: KmsError | undefined;
  for (const item of items) {
    try {
      if (await work(item)) done += 1;
    } catch (error) {
      if (!(error instanceof KmsError)) throw error;
      if (error.code === 'integrity') refused ??= error;
    }
  }
  if (refused) throw refused;
  return done;
}
