import { Injectable } from '@nestjs/common';
import { BarrierStore } from './barrier.store.js';
import { type ShareSet, checkShare } from './share-set.js';
import { type Share, parseShare, refuseShare } from './share-text.js';

/** Reads share texts and refuses those that do not belong, each by its index. */
@Injectable()
export class ShareCheck {
  constructor(private readonly store: BarrierStore) {}

  /** A genuine share of the set that is wanted. Errors: `share_invalid`. */
  async read(text: string, wanted: ShareSet): Promise<Share> {
    const share = parseShare(text);
    if (share.set === wanted.set) {
      checkShare(wanted, share);
      return share;
    }
    const other = await this.store.shareSet(share.set);
    if (other?.retired) checkShare(other, share);
    throw refuseShare('foreign', share.index);
  }
}
