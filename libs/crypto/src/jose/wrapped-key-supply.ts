import { type Cipheriv, createCipheriv, type KeyObject } from 'node:crypto';
import { freshBytes } from './fresh-bytes.js';

/** RFC 3394 §2.2.3.1. */
const INTEGRITY_VALUE = 0xa6a6a6a6a6a6a6a6n;
const SEMIBLOCK = 8;
const BLOCK = 16;
const ROUNDS = 6;
/** Most keys that are made at once: they wait in memory, so only where many were needed before. */
const MOST_AT_ONCE = 64;

/** A content key for one message and its wrapped form. Whoever uses the key zeroes it. */
export interface WrappedKey {
  key: Buffer;
  encryptedKey: Buffer;
}

/**
 * Fresh content keys wrapped under one key by AES Key Wrap (RFC 3394), several at a time: OpenSSL sets up a cipher for each key that is wrapped alone,
 * which costs more than encrypting a short message. A key is given out once. Those not given out yet have protected nothing.
 */
export class WrappedKeySupply {
  readonly #cipher: Cipheriv;
  readonly #ready = new Map<number, { keys: WrappedKey[]; next: number }>();

  constructor(wrappingKey: KeyObject) {
    // One block at a time is what key wrap is made of (RFC 3394 §2.2.1); no message is ever encrypted in this mode.
    this.#cipher = createCipheriv(`aes-${wrappingKey.symmetricKeySize! * 8}-ecb`, wrappingKey, null);
    this.#cipher.setAutoPadding(false);
  }

  /** A key of so many bytes, a multiple of 8. */
  take(bytes: number): WrappedKey {
    const ready = this.#ready.get(bytes) ?? { keys: [], next: 1 };
    const key = ready.keys.pop();
    if (key) return key;
    const made = this.#make(bytes, ready.next);
    this.#ready.set(bytes, { keys: made, next: Math.min(ready.next * 2, MOST_AT_ONCE) });
    return made.pop()!;
  }

  #make(bytes: number, count: number): WrappedKey[] {
    const keys = Array.from({ length: count }, () => freshBytes(bytes));
    const wrapped = this.#wrap(Buffer.concat(keys), count, bytes);
    return keys.map((key, at) => ({ key, encryptedKey: wrapped[at]! }));
  }

  /**
   * RFC 3394 §2.2.1 for `count` keys behind each other, step by step for all of them: the blocks of one step do not depend on each other. Each block
   * is the register A, which begins as the integrity check value and ends as the first semiblock, and one semiblock of its key.
   */
  #wrap(keys: Buffer, count: number, bytes: number): Buffer[] {
    const semiblocks = bytes / SEMIBLOCK;
    const registers = new BigUint64Array(count * semiblocks);
    const text = Buffer.from(registers.buffer);
    text.set(keys);
    keys.fill(0);
    const blocks = new BigUint64Array(count * 2).fill(INTEGRITY_VALUE);
    const input = Buffer.from(blocks.buffer);
    for (let step = 0; step < ROUNDS * semiblocks; step += 1) {
      const place = step % semiblocks;
      for (let at = 0; at < count; at += 1) blocks[at * 2 + 1] = registers[at * semiblocks + place]!;
      input.set(this.#cipher.update(input));
      for (let at = 0; at < count; at += 1) {
        registers[at * semiblocks + place] = blocks[at * 2 + 1]!;
        // The counter of steps, from 1; below 256 for every key that there is, so it is in the last byte of A.
        input[at * BLOCK + SEMIBLOCK - 1]! ^= step + 1;
      }
    }
    return Array.from({ length: count }, (_, at) =>
      Buffer.concat([input.subarray(at * BLOCK, at * BLOCK + SEMIBLOCK), text.subarray(at * bytes, (at + 1) * bytes)]),
    );
  }
}
