import { randomBytes as nodeRandomBytes, randomUUID, randomUUIDv7 } from 'node:crypto';

/** `count` bytes of the operating system's random generator. */
export function randomBytes(count: number): Buffer {
  return nodeRandomBytes(count);
}

/** A random token as base64url; 32 bytes (256 bit, 43 characters) unless said otherwise. */
export function randomToken(bytes = 32): string {
  return nodeRandomBytes(bytes).toString('base64url');
}

/** A random UUID (version 4, RFC 9562 §5.4). An identifier, never a secret. */
export function uuid(): string {
  return randomUUID();
}

/** A time-ordered UUID (version 7, RFC 9562 §5.7) for primary keys. It tells its time of creation; never a secret. */
export function uuidv7(): string {
  return randomUUIDv7();
}
