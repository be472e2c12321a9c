import { randomBytes } from '@cryptoutil/crypto';
import { Injectable } from '@nestjs/common';
import { KmsError } from '../errors/kms-error.js';
import { firstBarrierKeys } from '../barrier/barrier-keys.js';
import { BarrierStore } from '../barrier/barrier.store.js';
import { KEY_BYTES, splitRootKey } from '../barrier/share-set.js';
import { formatShare } from '../barrier/share-text.js';

/** What `init` hands out, once: nobody can ask for the shares again. */
export interface Initialization {
  shareSet: string;
  threshold: number;
  shares: string[];
}

/** Makes the barrier: a root key that exists only as shares, and the wrapped keys below it. It stays sealed. */
@Injectable()
export class InitializeBarrier {
  constructor(private readonly store: BarrierStore) {}

  /** Errors: `already_initialized`, for all but one when several come at once. */
  async execute({ shares, threshold }: { shares: number; threshold: number }): Promise<Initialization> {
    const rootEpoch = 1;
    const root = randomBytes(KEY_BYTES);
    try {
      const { set, parts } = await splitRootKey(root, { shares, threshold, rootEpoch });
      const created = await this.store.create(set, firstBarrierKeys(root, rootEpoch));
      if (!created) throw new KmsError('already_initialized');
      const texts = parts.map(formatShare);
      parts.forEach((part) => part.data.fill(0));
      return { shareSet: set.set, threshold, shares: texts };
    } finally {
      root.fill(0);
    }
  }
}
