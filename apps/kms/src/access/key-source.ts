import type { Caller } from './caller.js';
import type { KeyAccess, UsableKey, VersionUse } from './key-access.js';

/** The key of one request. Each version is looked at once, however many items of a batch need it. */
export class KeySource {
  readonly #opened = new Map<string, Promise<UsableKey>>();

  constructor(
    private readonly access: KeyAccess,
    readonly caller: Caller,
    private readonly id: string,
  ) {}

  /** See `KeyAccess.open`. */
  open(use: VersionUse, kid?: string): Promise<UsableKey> {
    const name = `${use} ${kid ?? ''}${kid === undefined ? ' current' : ''}`;
    const opened = this.#opened.get(name) ?? this.access.open(this.caller, use, this.id, kid);
    this.#opened.set(name, opened);
    return opened;
  }
}
