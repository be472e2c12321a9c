import { existsSync, readdirSync } from 'node:fs';
import { CommandFailure } from '../command-failure.js';
import type { Home } from '../home/home.js';
import type { KmsAdmin } from '../kms-admin/kms-admin.js';
import { unsealWith } from '../kms-admin/kms-actions.js';
import { waitUntil } from '../processes/wait-until.js';
import { readShareFiles, shareFile, writeShares } from '../kms-admin/shares.js';

/** The suite's key service is initialised with the contract's 3 of 5. */
export const SHARES = 5;
export const THRESHOLD = 3;

const OPENS_ITSELF_WITHIN_MS = 10_000;

/** Where the shares of the suite lie, whether they are there or not. */
export const suiteShareFiles = (home: Home): string[] =>
  Array.from({ length: SHARES }, (_, index) => shareFile(home.shares, index + 1));

/**
 * The share files the kms may unseal itself with when it starts: none before it was initialised. All that are there: a rekey may have made
 * more of them, and the kms reads no more than it needs.
 */
export function unsealingShareFiles(home: Home): string[] {
  const count = existsSync(home.shares) ? readdirSync(home.shares).length : 0;
  const files = Array.from({ length: count }, (_, index) => shareFile(home.shares, index + 1));
  const there = files.filter((file) => existsSync(file));
  // No kms opens by fewer.
  return there.length < 2 ? [] : there;
}

/** Initialises the kms when it is new, and opens its seal when it is closed. */
export async function unsealSuite(kms: KmsAdmin, home: Home): Promise<void> {
  const status = await kms.status();
  if (!status.sealed) return;
  if (status.rollback) {
    throw new CommandFailure(
      `The kms stays sealed: an older database was restored (audit event ${status.rollback.found.audit_seq}, it was at ${status.rollback.anchored?.audit_seq ?? 'an unknown one'}). When that is what you want, remove ${home.kmsAnchor} and start again.`,
    );
  }
  if (!status.initialized) {
    writeShares(home.shares, await kms.init({ shares: SHARES, threshold: THRESHOLD }));
  } else if (unsealingShareFiles(home).length === 0) {
    throw new CommandFailure(
      `The kms was initialised, but its unseal shares are not in ${home.shares}: put at least ${THRESHOLD} of them back, or start afresh with --reset.`,
    );
  }
  try {
    await unsealWith(kms, readShareFiles(unsealingShareFiles(home)));
  } catch (error) {
    // The kms reads the same shares when it starts: whoever of the two comes second has its share refused, and finds the seal open soon.
    const isOpen = async (): Promise<boolean> => !(await kms.status()).sealed;
    if (!(await waitUntil(isOpen, { timeoutMs: OPENS_ITSELF_WITHIN_MS }))) throw error;
  }
}
