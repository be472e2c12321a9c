import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

const comparisonKey = randomBytes(32);
const digest = (value: string | Uint8Array) => createHmac('sha256', comparisonKey).update(value).digest();

/**
 * Whether two byte strings (text is taken as UTF-8) are equal, in a time that does not tell where they differ.
 * Both sides go through an HMAC under a key of this process first, so differing lengths need no early answer either.
 */
export function constantTimeEqual(a: string | Uint8Array, b: string | Uint8Array): boolean {
  return timingSafeEqual(digest(a), digest(b));
}
