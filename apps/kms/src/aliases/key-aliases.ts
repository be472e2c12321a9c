import { Injectable } from '@nestjs/common';
import { Barrier } from '../barrier/barrier.js';
import { BarrierEpochs } from '../barrier/barrier-epochs.js';
import type { SealedPlace } from '../barrier/sealed-column.js';
import type { KeyAliasEntity } from './key-alias.entity.js';
import { KeyAliasStore } from './key-alias.store.js';

/** How a reference says that it is an alias and no id. */
const PREFIX = 'alias:';

const placeOf = ({
  tenant,
  alias,
  elasticKeyId,
  epoch,
}: Omit<KeyAliasEntity, 'sealed' | 'createdAt'>): SealedPlace => ({
  table: 'key_aliases',
  tenant,
  keyId: elasticKeyId,
  version: 0,
  column: `alias ${alias}`,
  epoch,
});

/** Proves that an alias means the key that its row names. Errors: `sealed`, `integrity`. */
export const checkAlias = (barrier: Barrier, row: KeyAliasEntity): void => {
  barrier.open(placeOf(row), row.sealed);
};

/** Finds the key that is meant where a route takes the id of one or `alias:<alias>`. */
@Injectable()
export class KeyAliases {
  constructor(
    private readonly store: KeyAliasStore,
    private readonly barrier: Barrier,
    private readonly epochs: BarrierEpochs,
  ) {}

  /** The id of the key; what is no known alias is given back as it is and names no key. Errors: `sealed`, `integrity`. */
  async resolve(tenant: string, reference: string): Promise<string> {
    if (!reference.startsWith(PREFIX)) return reference;
    const row = await this.store.find(tenant, reference.slice(PREFIX.length));
    if (!row) return reference;
    this.barrier.requireUnlocked();
    await this.epochs.ensure([row]);
    checkAlias(this.barrier, row);
    return row.elasticKeyId;
  }

  /** The same alias under the content key that seals now. Errors: `integrity`. */
  sealAgain(row: KeyAliasEntity): KeyAliasEntity {
    checkAlias(this.barrier, row);
    return { ...this.seal(row.tenant, row.elasticKeyId, row.alias), createdAt: row.createdAt };
  }

  /** The sealed row of an alias. */
  seal(tenant: string, elasticKeyId: string, alias: string): KeyAliasEntity {
    const row = { tenant, elasticKeyId, alias, epoch: this.barrier.contentEpoch };
    return { ...row, sealed: this.barrier.seal(placeOf(row), Buffer.alloc(0)), createdAt: new Date() };
  }
}
