import { type Cipheriv, createCipheriv, type KeyObject } from 'node:crypto';
import { freshBytes } from './fresh-bytes.js';

/** Half of the integrity check value (RFC 3394 §2.2.3.1). */
const INTEGRITY_WORD = 0xa6a6a6a6;
const ROUNDS = 6;
/** A semiblock is two words of 32 bits, a block four; the words of one key are copied and never counted with, so their byte order does not matter. */
const WORD = 4;
/** Byte of a block in which the counter of steps is: the last one of its first semiblock. */
const [BLOCK_BYTES, COUNTER] = [16, 7];
/** Most keys that are made at once: they wait in memory, so only where many were needed before. */
const MOST_AT_ONCE = 64;

/** A content key for one message and its wrapped form as base64url. Whoever uses the key zeroes it. */
export interface WrappedKey {
  key: Buffer;
  encryptedKey: string;
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
    const keys = freshBytes(bytes * count);
    const wrapped = this.#wrap(keys, count, bytes);
    const length = bytes + 2 * WORD;
    return Array.from({ length: count }, (_, at) => ({
      key: keys.subarray(at * bytes, (at + 1) * bytes),
      encryptedKey: wrapped.toString('base64url', at * length, (at + 1) * length),
    }));
  }

  /**
   * RFC 3394 §2.2.1 for `count` keys behind each other, step by step for all of them: the blocks of one step do not depend on each other. Each block
   * is the register A, which begins as the integrity check value and ends as the first semiblock, and one semiblock of its key.
   */
  #wrap(keys: Buffer, count: number, bytes: number): Buffer {
    const words = bytes / WORD;
    const registers = new Uint32Array(count * words);
    Buffer.from(registers.buffer).set(keys);
    const blocks = new Uint32Array(count * 4).fill(INTEGRITY_WORD);
    const input = Buffer.from(blocks.buffer);
    for (let step = 0; step < (ROUNDS * words) / 2; step += 1) {
      const place = (step * 2) % words;
      for (let at = 0, from = place; at < count; at += 1, from += words) {
        blocks[at * 4 + 2] = registers[from]!;
        blocks[at * 4 + 3] = registers[from + 1]!;
      }
      input.set(this.#cipher.update(input));
      for (let at = 0, to = place; at < count; at += 1, to += words) {
        registers[to] = blocks[at * 4 + 2]!;
        registers[to + 1] = blocks[at * 4 + 3]!;
        // From 1; below 256 for every key that there is, so that one byte holds it.
        input[at * BLOCK_BYTES + COUNTER]! ^= step + 1;
      }
    }
    const wrapped = new Uint32Array(count * (words + 2));
    for (let at = 0; at < count; at += 1) {
      const to = at * (words + 2);
      wrapped[to] = blocks[at * 4]!;
      wrapped[to + 1] = blocks[at * 4 + 1]!;
      for (let word = 0; word < words; word += 1) wrapped[to + 2 + word] = registers[at * words + word]!;
    }
    return Buffer.from(wrapped.buffer);
  }
}
