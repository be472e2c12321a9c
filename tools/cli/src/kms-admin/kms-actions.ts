import { CommandFailure } from '../command-failure.js';
import { withKms, type ConnectionOptions } from './connection.js';
import { promptHidden } from './hidden-prompt.js';
import type { KmsAdmin, SealStatus } from './kms-admin.js';
import { readShareFiles, readShareLines, requireNoShares, writeShares } from './shares.js';

/** The exit code that says "sealed". */
const SEALED = 2;

const exitCodeOf = ({ sealed }: SealStatus): number => (sealed ? SEALED : 0);

export function initKms(
  options: ConnectionOptions & { out: string; shares: number; threshold: number },
): Promise<number> {
  const { out, shares, threshold } = options;
  requireNoShares(out);
  return withKms(options, async (kms) => {
    const files = writeShares(out, await kms.init({ shares, threshold }));
    console.log(
      `Initialised. ${files.length} shares were written, any ${threshold} of them open the seal:\n${files.join('\n')}`,
    );
    console.log(
      'Give them to different people and remove them here; nobody can ask for them again. The kms is still sealed.',
    );
    return 0;
  });
}

export function unsealKms(options: ConnectionOptions & { shareFile?: string[] }): Promise<number> {
  return withKms(options, async (kms) => {
    for await (const share of shares(options.shareFile)) {
      const status = await kms.unseal(share);
      console.log(describe(status));
      if (!status.sealed) return 0;
    }
    return exitCodeOf(await kms.status());
  });
}

export function sealKms(options: ConnectionOptions): Promise<number> {
  return withKms(options, async (kms) => {
    await kms.seal();
    console.log(describe(await kms.status()));
    return 0;
  });
}

export function kmsStatus(options: ConnectionOptions): Promise<number> {
  return withKms(options, async (kms) => {
    const status = await kms.status();
    console.log(describe(status));
    return exitCodeOf(status);
  });
}

/** Gives shares until the seal is open. Throws a `CommandFailure` when they were not enough. */
export async function unsealWith(kms: KmsAdmin, given: readonly string[]): Promise<void> {
  for (const share of given) {
    const { sealed } = await kms.unseal(share);
    if (!sealed) return;
  }
  throw new CommandFailure(`The kms is still sealed after ${given.length} shares.`);
}

/** From files when some are named; asked for one by one on a terminal; else from standard input. */
async function* shares(files: readonly string[] | undefined): AsyncGenerator<string> {
  if (files) return yield* readShareFiles(files);
  if (!process.stdin.isTTY) return yield* await readShareLines(process.stdin);
  for (;;) {
    const share = await promptHidden('Share (not shown, Ctrl-D to end): ', {
      input: process.stdin,
      output: process.stderr,
    });
    if (share === undefined) return;
    if (share.trim() !== '') yield share.trim();
  }
}

function describe({ initialized, sealed, threshold, shares: total, progress = 0 }: SealStatus): string {
  if (!initialized) return 'sealed: not initialised yet';
  if (!sealed) return `unsealed (${threshold} of ${total} shares)`;
  return `sealed: ${progress} of ${threshold} shares given`;
}
