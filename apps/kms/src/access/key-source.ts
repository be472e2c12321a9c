import { KmsError } from '../errors/kms-error.js';
import type { ContextPermission } from '../grants/key-permissions.js';
import type { KeyAccess, KeyRequest, UsableKey, VersionUse } from './key-access.js';

/** What is there already, or comes. A batch of a thousand items does not wait a thousand times for what it has. */
export type Now<T> = T | Promise<T>;

/** Goes on with it as soon as it is there. */
export const next = <T, U>(value: Now<T>, step: (value: T) => Now<U>): Now<U> =>
  value instanceof Promise ? value.then(step) : step(value);

/** The key of one request. Each version is looked at once, however many items of a batch need it. */
export class KeySource {
  readonly #opened = new Map<string, Now<UsableKey>>();
  /** Limits of what was opened; none for a key that is open to its tenant. */
  readonly #limits: NonNullable<ContextPermission>[] = [];

  constructor(
    private readonly access: KeyAccess,
    private readonly request: KeyRequest,
  ) {}

  /** See `KeyAccess.open`; at once when it is open already. */
  open(use: VersionUse, kid?: string): Now<UsableKey> {
    const name = kid === undefined ? use : `${use} ${kid}`;
    const known = this.#opened.get(name);
    if (known) return known;
    const opening = this.#open(use, kid).then((key) => {
      this.#opened.set(name, key);
      return key;
    });
    this.#opened.set(name, opening);
    return opening;
  }

  /** Of what is open, refuses contexts that the caller was not granted. Errors: `operation_not_allowed`. */
  requireContexts({ context, new_context = context }: { context?: unknown; new_context?: unknown }): void {
    if (this.#limits.length === 0) return;
    const bound = [context, new_context].map((one) => (typeof one === 'string' ? one : undefined));
    for (const permits of this.#limits) {
      if (!bound.every(permits)) throw new KmsError('operation_not_allowed');
    }
  }

  async #open(use: VersionUse, kid: string | undefined): Promise<UsableKey> {
    const key = await this.access.open(this.request, use, kid);
    if (key.permits) this.#limits.push(key.permits);
    return key;
  }
}
