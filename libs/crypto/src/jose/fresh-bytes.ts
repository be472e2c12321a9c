import { randomFillSync } from 'node:crypto';

/** Random bytes are fetched in advance: one call of the generator costs as much as encrypting a short message. */
const POOL_BYTES = 16 * 1024;

let pool = Buffer.alloc(0);
let given = 0;

/** Random bytes that nobody else was or will be given. Whoever makes a key of them zeroes them after use. */
export function freshBytes(count: number): Buffer {
  if (pool.length - given < count) {
    pool = randomFillSync(Buffer.allocUnsafeSlow(Math.max(count, POOL_BYTES)));
    given = 0;
  }
  given += count;
  return pool.subarray(given - count, given);
}
