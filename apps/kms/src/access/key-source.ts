import { KmsError } from '../errors/kms-error.js';
import type { ContextPermission } from '../grants/key-permissions.js';
import type { KeyAccess, KeyRequest, UsableKey, VersionUse } from './key-access.js';

/** The key of one request. Each version is looked at once, however many items of a batch need it. */
export class KeySource {
  readonly #opened = new Map<string, Promise<UsableKey>>();
  /** Limits of what was opened; none for a key that is open to its tenant. */
  readonly #limits: NonNullable<ContextPermission>[] = [];

  constructor(
    private readonly access: KeyAccess,
    private readonly request: KeyRequest,
  ) {}

  /** See `KeyAccess.open`. */
  open(use: VersionUse, kid?: string): Promise<UsableKey> {
    const name = `${use} ${kid ?? ''}${kid === undefined ? ' current' : ''}`;
    const opened = this.#opened.get(name) ?? this.#open(use, kid);
    this.#opened.set(name, opened);
    return opened;
  }

  /** Of what is open, refuses contexts that the caller was not granted. Errors: `operation_not_allowed`. */
  requireContexts({ context, new_context = context }: { context?: unknown; new_context?: unknown }): void {
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
