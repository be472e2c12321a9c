import { constantTimeEqual } from '@cryptoutil/crypto';
import { Injectable } from '@nestjs/common';
import { KmsError } from '../errors/kms-error.js';
import {
  type WrappedBarrierKey,
  nextContentKey,
  rewrapContentKey,
  unwrapContentKey,
  wrapIntermediateKey,
} from './barrier-keys.js';
import { type SealedPlace, openColumn, sealColumn } from './sealed-column.js';

/** Keys that are in memory while the kms is unsealed. */
export interface BarrierKeys {
  intermediate: Buffer;
  intermediateEpoch: number;
  content: Map<number, Buffer>;
  contentEpoch: number;
}

/**
 * The wall between stored rows and their meaning. While locked nothing opens and nothing is sealed; unlocking puts the keys
 * in, locking zeroes them. It knows no shares and no SQL.
 */
@Injectable()
export class Barrier {
  #keys: BarrierKeys | undefined;
  readonly #onLock: (() => void)[] = [];

  get locked(): boolean {
    return this.#keys === undefined;
  }

  /** Takes over the buffers: they are zeroed by `lock`. */
  unlock(keys: BarrierKeys): void {
    this.lock();
    this.#keys = keys;
  }

  /** Zeroes the keys and tells everyone who holds something unwrapped. */
  lock(): void {
    const keys = this.#keys;
    this.#keys = undefined;
    keys?.intermediate.fill(0);
    keys?.content.forEach((key) => key.fill(0));
    this.#onLock.forEach((forget) => forget());
  }

  /** Calls `forget` each time the keys are dropped. */
  onLock(forget: () => void): void {
    this.#onLock.push(forget);
  }

  /** Throws `sealed` while locked. */
  requireUnlocked(): void {
    this.#unlocked();
  }

  /** Epoch of the content key that seals new values. */
  get contentEpoch(): number {
    return this.#unlocked().contentEpoch;
  }

  /** Whether values of this epoch can be opened. Throws `sealed` while locked. */
  knowsEpoch(epoch: number): boolean {
    return this.#unlocked().content.has(epoch);
  }

  /** Epoch of the intermediate key that content keys are wrapped by. */
  get intermediateEpoch(): number {
    return this.#unlocked().intermediateEpoch;
  }

  /** Whether this is the intermediate key in use, compared in constant time. */
  usesIntermediate(candidate: Uint8Array): boolean {
    return constantTimeEqual(this.#unlocked().intermediate, candidate);
  }

  /** The intermediate key under a new root key. */
  wrapIntermediate(root: Uint8Array, rootEpoch: number): WrappedBarrierKey {
    const { intermediate, intermediateEpoch } = this.#unlocked();
    return wrapIntermediateKey(root, rootEpoch, intermediate, intermediateEpoch);
  }

  /** These content keys under the next intermediate key. They count when they are committed and `adoptIntermediate` was called. */
  rewrapContentKeys(rows: readonly WrappedBarrierKey[], to: Uint8Array, toEpoch: number): WrappedBarrierKey[] {
    const { intermediate } = this.#unlocked();
    return rows.map((row) => rewrapContentKey(row, intermediate, to, toEpoch));
  }

  /** Takes over the buffer of the intermediate key that is in use from now on, and zeroes the one before. */
  adoptIntermediate(intermediate: Buffer, epoch: number): void {
    const keys = this.#unlocked();
    keys.intermediate.fill(0);
    Object.assign(keys, { intermediate, intermediateEpoch: epoch });
  }

  /** A wrapped content key of the next epoch; it counts when its row is committed and `learn` has seen it. */
  nextContentKey(epoch: number): WrappedBarrierKey {
    const { intermediate, intermediateEpoch } = this.#unlocked();
    return nextContentKey(intermediate, intermediateEpoch, epoch);
  }

  /**
   * Takes over content keys that are new in the database; the newest that is not retired seals from now on. Errors: `integrity`; `sealed` when
   * they are under an intermediate key that this replica has not got yet.
   */
  learn(rows: readonly WrappedBarrierKey[]): void {
    const keys = this.#unlocked();
    for (const row of rows.filter(({ kind }) => kind === 'content')) {
      if (!keys.content.has(row.epoch) && row.parentEpoch > keys.intermediateEpoch) throw new KmsError('sealed');
      if (!keys.content.has(row.epoch)) keys.content.set(row.epoch, unwrapContentKey(keys.intermediate, row));
      if (row.retiredAt === null) keys.contentEpoch = Math.max(keys.contentEpoch, row.epoch);
    }
  }

  /** Seals a value for its place, under the content key of the place's epoch. */
  seal(place: SealedPlace, plaintext: Uint8Array): Buffer {
    return sealColumn(this.#contentKey(place), place, plaintext);
  }

  /** Opens a value where it stands. Errors: `sealed`, `integrity`. */
  open(place: SealedPlace, sealed: Uint8Array): Buffer {
    return openColumn(this.#contentKey(place), place, sealed);
  }

  #unlocked(): BarrierKeys {
    if (!this.#keys) throw new KmsError('sealed');
    return this.#keys;
  }

  #contentKey(place: SealedPlace): Buffer {
    const key = this.#unlocked().content.get(place.epoch);
    if (!key) throw new KmsError('integrity', { table: place.table, key_id: place.keyId, epoch: place.epoch });
    return key;
  }
}
