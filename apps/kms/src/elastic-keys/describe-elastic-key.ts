import { Injectable } from '@nestjs/common';
import type { Caller } from '../access/caller.js';
import { KeyAliases } from '../aliases/key-aliases.js';
import { KmsError } from '../errors/kms-error.js';
import { KeyPermissions } from '../grants/key-permissions.js';
import type { ElasticKeyEntity } from './elastic-key.entity.js';
import { ElasticKeyStore } from './elastic-key.store.js';

/** One key as it is described to those who may read it. */
@Injectable()
export class DescribeElasticKey {
  constructor(
    private readonly store: ElasticKeyStore,
    private readonly aliases: KeyAliases,
    private readonly permissions: KeyPermissions,
  ) {}

  /** Errors: `key_not_found` (foreign tenants too), `operation_not_allowed`. */
  async execute(caller: Caller, id: string): Promise<{ key: ElasticKeyEntity; kid: string }> {
    const found = await this.store.describe(caller.tenant, await this.aliases.resolve(caller.tenant, id));
    if (!found) throw new KmsError('key_not_found');
    await this.permissions.require(caller, found.key, 'read', 'read');
    return found;
  }
}
