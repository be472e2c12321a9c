import { Injectable } from '@nestjs/common';
import type { Actor, Caller } from '../access/caller.js';
import { ChangeElasticKey } from '../elastic-keys/change-elastic-key.js';
import { DescribeElasticKey } from '../elastic-keys/describe-elastic-key.js';
import { requireUsableKey } from '../elastic-keys/key-states.js';
import { KmsError } from '../errors/kms-error.js';
import { KeyAliases } from './key-aliases.js';
import { KeyAliasStore } from './key-alias.store.js';

/** Points aliases at keys and takes them away, each in one transaction with the key locked. */
@Injectable()
export class AssignAlias {
  constructor(
    private readonly change: ChangeElasticKey,
    private readonly store: KeyAliasStore,
    private readonly aliases: KeyAliases,
    private readonly describe: DescribeElasticKey,
  ) {}

  /** Points the alias at this key, away from another one if need be. Errors: those of the key's state. */
  async assign(by: Actor, id: string, alias: string): Promise<void> {
    await this.change.execute(by, id, async (key, tx) => {
      requireUsableKey(key.status);
      await this.store.put(tx, this.aliases.seal(by.tenant, id, alias));
      return undefined;
    });
  }

  /** Errors: `alias_not_found`. */
  async remove(by: Actor, id: string, alias: string): Promise<void> {
    await this.change.execute(by, id, async (_key, tx) => {
      if (!(await this.store.remove(tx, by.tenant, id, alias))) throw new KmsError('alias_not_found');
      return undefined;
    });
  }

  /** Aliases of a key, in order. */
  async list(caller: Caller, id: string): Promise<string[]> {
    const { key } = await this.describe.execute(caller, id);
    return (await this.store.ofKey(caller.tenant, key.id)).map(({ alias }) => alias);
  }
}
