import { argon2, randomBytes, timingSafeEqual } from 'node:crypto';
import { formatPhc, parsePhc } from './phc.js';

/** Cost of new hashes: 19 MiB, 2 passes, 1 lane (about 28 ms of one core), the OWASP recommendation for argon2id. */
const current = { memoryKib: 19_456, passes: 2, lanes: 1 };
const SALT_BYTES = 16;
const TAG_BYTES = 32;
/** Longer input is refused before any work is done for it. */
const MAX_PASSWORD_BYTES = 4096;

/**
 * Hashes a password with argon2id (RFC 9106) into a PHC string, off the event loop. The password is normalised (NFC) first, so
 * the same letters typed on another keyboard match. Throws `RangeError` beyond 4096 bytes.
 */
export async function hashPassword(password: string): Promise<string> {
  const message = normalised(password);
  if (message.byteLength > MAX_PASSWORD_BYTES) throw new RangeError('A password has at most 4096 bytes.');
  const salt = randomBytes(SALT_BYTES);
  const hash = await derive(message, { ...current, salt, tagBytes: TAG_BYTES });
  return formatPhc({ ...current, salt, hash });
}

/** Whether the password belongs to the PHC string. `false` too for a string that is not argon2id v19 or asks for more than 256 MiB. */
export async function verifyPassword(phc: string, password: string): Promise<boolean> {
  const stored = parsePhc(phc);
  const message = normalised(password);
  if (!stored || message.byteLength > MAX_PASSWORD_BYTES) return false;
  const { memoryKib, passes, lanes, salt } = stored;
  const hash = await derive(message, { memoryKib, passes, lanes, salt, tagBytes: stored.hash.length });
  return timingSafeEqual(hash, stored.hash);
}

/** Whether a stored hash was made with a lower cost than today's (or cannot be read) and should be replaced at the next sign-in. */
export function passwordNeedsRehash(phc: string): boolean {
  const stored = parsePhc(phc);
  return (
    !stored ||
    stored.memoryKib < current.memoryKib ||
    stored.passes < current.passes ||
    stored.salt.length < SALT_BYTES ||
    stored.hash.length < TAG_BYTES
  );
}

const normalised = (password: string) => Buffer.from(password.normalize('NFC'), 'utf8');

interface Cost {
  memoryKib: number;
  passes: number;
  lanes: number;
  salt: Uint8Array;
  tagBytes: number;
}

function derive(message: Uint8Array, cost: Cost): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    argon2(
      'argon2id',
      {
        message,
        nonce: cost.salt,
        parallelism: cost.lanes,
        memory: cost.memoryKib,
        passes: cost.passes,
        tagLength: cost.tagBytes,
      },
      (error, hash) => (error ? reject(error) : resolve(hash)),
    );
  });
}
