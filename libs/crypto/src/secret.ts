import { inspect } from 'node:util';

const REDACTED = '[redacted]';

/**
 * Key material or a password that must not reach a log, a trace or an error text by accident.
 * Every implicit conversion (template string, JSON, util.inspect, structured logging, spread) yields `[redacted]` or nothing;
 * the value leaves only through `text()` and `bytes()`.
 */
export class Secret {
  // A private field is invisible to inspect, JSON.stringify, Object.entries and structuredClone.
  readonly #bytes: Buffer;
  #zeroed = false;

  private constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** A secret from text, kept as UTF-8. */
  static fromText(text: string): Secret {
    return new Secret(Buffer.from(text, 'utf8'));
  }

  /** A secret from bytes. The bytes are copied: zeroing the argument afterwards is up to the caller. */
  static fromBytes(bytes: Uint8Array): Secret {
    return new Secret(Buffer.from(bytes));
  }

  /** The secret as UTF-8 text. Throws after `zero()`. */
  text(): string {
    return this.bytes().toString('utf8');
  }

  /** The secret's own buffer, not a copy: do not write to it. Throws after `zero()`. */
  bytes(): Buffer {
    if (this.#zeroed) throw new Error('The secret was zeroed.');
    return this.#bytes;
  }

  /** Length in bytes. */
  get byteLength(): number {
    return this.#bytes.length;
  }

  /** Overwrites the value; every later read throws, so that zeros are never used as a key. Copies made by others are not reached. */
  zero(): void {
    this.#bytes.fill(0);
    this.#zeroed = true;
  }

  toString(): string {
    return REDACTED;
  }

  toJSON(): string {
    return REDACTED;
  }

  [inspect.custom](): string {
    return REDACTED;
  }

  [Symbol.toPrimitive](): string {
    return REDACTED;
  }
}
