import { CommandFailure } from '../command-failure.js';
import { withKms, type ConnectionOptions } from './connection.js';
import type { KmsAdmin, RekeyStatus, RekeyStep } from './kms-admin.js';
import { shares } from './kms-actions.js';
import { readShareFiles, requireNoShares, writeShares } from './shares.js';

export interface RekeyOptions extends ConnectionOptions {
  out: string;
  shares?: number;
  threshold?: number;
  shareFile?: string[];
  verifyByPrompt?: boolean;
}

/** New shares, and with them a new root key. Until each new share was entered again the old ones stay in use. */
export function rekeyKms({ out, shares: count, threshold, ...options }: RekeyOptions): Promise<number> {
  const counts = { ...(count !== undefined && { shares: count }), ...(threshold !== undefined && { threshold }) };
  return newShares({ out, ...options }, (kms) => kms.beginRekey(counts));
}

/** A new root key in as many shares as there are. */
export function rotateRoot(options: RekeyOptions): Promise<number> {
  return newShares(options, (kms) => kms.beginRotation('root'));
}

/** A new intermediate key, by a quorum. */
export function rotateIntermediate(options: ConnectionOptions & { shareFile?: string[] }): Promise<number> {
  return withKms(options, async (kms) => {
    await authorized(kms, await kms.beginRotation('intermediate'), options.shareFile);
    console.log('The intermediate key is a new one. Replicas without share files seal themselves: unseal them.');
    return 0;
  });
}

export function rekeyStatus(options: ConnectionOptions): Promise<number> {
  return withKms(options, async (kms) => {
    console.log(describe(await kms.rekeyStatus()));
    return 0;
  });
}

export function cancelRekey(options: ConnectionOptions): Promise<number> {
  return withKms(options, async (kms) => {
    await kms.cancelRekey();
    console.log('Cancelled. The shares and keys in use are those from before.');
    return 0;
  });
}

function newShares(options: RekeyOptions, begin: (kms: KmsAdmin) => Promise<RekeyStatus>): Promise<number> {
  const { out, shareFile, verifyByPrompt } = options;
  requireNoShares(out);
  return withKms(options, async (kms) => {
    const made = await authorized(kms, await begin(kms), shareFile);
    const files = await orCancel(kms, () => writeShares(out, made.new_shares ?? []));
    console.log(`${files.length} new shares were written; they are not in use yet:\n${files.join('\n')}`);
    if (verifyByPrompt) console.log('Hand them to their holders. Each of them enters theirs now.');
    await verified(kms, made, verifyByPrompt ? shares(undefined, 'New share') : readShareFiles(files));
    console.log(
      'The new shares are in use, the old ones open nothing any more. Give them to different people and remove them here; where a kms unseals itself from files, replace those before it starts again.',
    );
    return 0;
  });
}

/** Gives old shares until the quorum is there. A round that does not get it is cancelled: nothing has changed. */
function authorized(kms: KmsAdmin, begun: RekeyStatus, files: readonly string[] | undefined): Promise<RekeyStep> {
  return orCancel(kms, async () => {
    let given = 0;
    for await (const share of shares(files, 'Share in use')) {
      const step = await kms.giveForRekey('update', share, begun.nonce ?? '');
      if (step.completed || step.new_shares) return step;
      given = step.received?.length ?? 0;
      console.log(`${given} of ${step.required} shares given`);
    }
    throw new CommandFailure(`Only ${given} of the ${begun.required} shares were given: nothing has changed.`);
  });
}

/** Gives each new share. The round is left open when that fails: the files are there, and it can go on or be cancelled. */
async function verified(
  kms: KmsAdmin,
  made: RekeyStep,
  given: Iterable<string> | AsyncIterable<string>,
): Promise<void> {
  let step = made;
  for await (const share of given) {
    step = await kms.giveForRekey('verify', share, made.nonce ?? '');
    if (step.completed) return;
    console.log(`${step.received?.length} of ${step.required} new shares verified`);
  }
  throw new CommandFailure(
    'Not every new share was entered: the old ones stay in use. Cancel with `cryptoutil kms rekey --cancel`.',
  );
}

async function orCancel<T>(kms: KmsAdmin, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    await kms.cancelRekey().catch(() => undefined);
    throw error;
  }
}

function describe({
  in_progress: open,
  turns,
  phase,
  required,
  received = [],
  expires_at: until,
}: RekeyStatus): string {
  if (!open) return 'No round is open on this replica.';
  const wanted = phase === 'verify' ? 'new shares verified' : 'shares in use given';
  return `A round for ${turns === 'shares' ? 'new shares' : 'a new intermediate key'} is open until ${until}: ${received.length} of ${required} ${wanted}.`;
}
