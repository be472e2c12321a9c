import { sha256Text } from '@cryptoutil/crypto';

interface Entry<T> {
  value: T;
  until: number;
}

/** Bounded memory of what was learnt about tokens. Keyed by the hash of the token, so that a memory image of it holds no usable token. */
export class TokenCache<T> {
  readonly #entries = new Map<string, Entry<T>>();

  constructor(
    readonly maximumEntries: number,
    readonly now: () => number,
  ) {}

  static keyOf(token: string): string {
    return sha256Text(token);
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: string): T | undefined {
    const entry = this.#entries.get(key);
    if (!entry) return undefined;
    if (this.now() < entry.until) return entry.value;
    this.#entries.delete(key);
    return undefined;
  }

  /** Keeps the value until the given time in milliseconds since the epoch; the oldest entry makes room. */
  set(key: string, value: T, until: number): void {
    this.#entries.delete(key);
    this.#entries.set(key, { value, until });
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= this.maximumEntries) return;
      this.#entries.delete(oldest);
    }
  }
}
