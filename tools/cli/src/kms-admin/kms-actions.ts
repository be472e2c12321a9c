import { CommandFailure } from '../command-failure.js';
import { withKms, type ConnectionOptions } from './connection.js';
import { promptHidden } from './hidden-prompt.js';
import type { DatabasePlace, KmsAdmin, SealStatus } from './kms-admin.js';
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

export function unsealKms(
  options: ConnectionOptions & { shareFile?: string[]; acknowledgeRollback?: boolean },
): Promise<number> {
  return withKms(options, async (kms) => {
    if (options.acknowledgeRollback && (await acknowledge(kms))) return 0;
    for await (const share of shares(options.shareFile, 'Share')) {
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
    const { sealed } = await kms.unsealAgain(share);
    if (!sealed) return;
  }
  throw new CommandFailure(`The kms is still sealed after ${given.length} shares.`);
}

/** From files when some are named; asked for one by one on a terminal; else from standard input. */
export async function* shares(files: readonly string[] | undefined, what: string): AsyncGenerator<string> {
  if (files) return yield* readShareFiles(files);
  if (!process.stdin.isTTY) return yield* await readShareLines(process.stdin);
  for (;;) {
    const share = await promptHidden(`${what} (not shown, Ctrl-D to end): `, {
      input: process.stdin,
      output: process.stderr,
    });
    if (share === undefined) return;
    if (share.trim() !== '') yield share.trim();
  }
}

/** Says what is acknowledged, and acknowledges it. True when the kms is unsealed by that: it has share files. */
async function acknowledge(kms: KmsAdmin): Promise<boolean> {
  const { rollback } = await kms.status();
  if (!rollback) {
    console.log('There is no rollback to acknowledge.');
    return false;
  }
  const after = await kms.acknowledgeRollback(rollback.found);
  console.log(`Acknowledged: ${describeRollback(rollback)}`);
  console.log(describe(after));
  return !after.sealed;
}

const place = ({ epoch, audit_seq: events }: DatabasePlace) => `epoch ${epoch}, ${events} audit events`;

function describeRollback({ reason, anchored, found }: NonNullable<SealStatus['rollback']>): string {
  const seen = anchored ? `this kms saw ${place(anchored)}` : 'what this kms saw cannot be read';
  const other = reason === 'fork' ? ', and other events than those it saw' : '';
  return `${seen}; the database is at ${place(found)}${other}.`;
}

function describe(status: SealStatus): string {
  const reasons = [
    ...(status.rollback ? [`an older database was restored: ${describeRollback(status.rollback)}`] : []),
    ...(status.seal_reason === 'intermediate_rotated'
      ? ['the intermediate key was rotated on another replica: give the shares again.']
      : []),
  ];
  return [state(status), ...reasons].join('\n');
}

function state({ initialized, sealed, threshold, shares: total, progress = 0 }: SealStatus): string {
  if (!initialized) return 'sealed: not initialised yet';
  if (!sealed) return `unsealed (${threshold} of ${total} shares)`;
  return `sealed: ${progress} of ${threshold} shares given`;
}
