import { inTransaction } from '@cryptoutil/database';
import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { KeyAliases } from '../aliases/key-aliases.js';
import { Barrier } from '../barrier/barrier.js';
import { BarrierEpochs } from '../barrier/barrier-epochs.js';
import { ElasticKeyEntity } from '../elastic-keys/elastic-key.entity.js';
import { MaterialKeyEntity } from '../elastic-keys/material-key.entity.js';
import {
  checkElasticState,
  checkMaterialState,
  openMaterial,
  sealElasticState,
  sealMaterial,
  sealMaterialState,
} from '../elastic-keys/sealed-state.js';
import { KmsError } from '../errors/kms-error.js';
import { KeyGrantEntity } from '../grants/key-grant.entity.js';
import { checkGrant, sealGrant } from '../grants/sealed-grant.js';
import { RewrapStore } from './rewrap.store.js';

const FIRST = '00000000-0000-0000-0000-000000000000';

/** Seals every row that is under an older content key anew, in small transactions; it can stop anywhere and go on later, on several replicas. */
@Injectable()
export class RewrapRows {
  constructor(
    private readonly dataSource: DataSource,
    private readonly store: RewrapStore,
    private readonly barrier: Barrier,
    private readonly epochs: BarrierEpochs,
    private readonly aliases: KeyAliases,
  ) {}

  /** One pass. Rows that do not open stay as they are; the first one's `integrity` error is thrown at the end. */
  async execute(): Promise<void> {
    const broken: KmsError[] = [];
    const attempt = (work: () => Promise<void>) =>
      work().catch((error: unknown) => {
        if (!(error instanceof KmsError && error.code === 'integrity')) throw error;
        broken.push(error);
      });
    await this.#pass(async (tx, after) => {
      const rows = await this.store.elasticKeys(tx, this.barrier.contentEpoch, after);
      for (const row of rows) await attempt(() => this.#elastic(tx, row));
      return rows.at(-1)?.id;
    });
    await this.#pass(async (tx, after) => {
      const rows = await this.store.materialKeys(tx, this.barrier.contentEpoch, after);
      for (const row of rows) await attempt(() => this.#material(tx, row));
      return rows.at(-1)?.id;
    });
    await this.#pass(async (tx, after) => {
      const rows = await this.store.grants(tx, this.barrier.contentEpoch, after);
      for (const row of rows) await attempt(() => this.#grant(tx, row));
      return rows.at(-1)?.id;
    });
    await this.#pass(async (tx) => {
      for (const row of await this.store.aliases(tx, this.barrier.contentEpoch)) {
        await attempt(() => this.store.writeAlias(tx, this.aliases.sealAgain(row)));
      }
      return undefined;
    });
    if (broken[0]) throw broken[0];
  }

  async #pass(batch: (tx: EntityManager, after: string) => Promise<string | undefined>): Promise<void> {
    for (let after: string | undefined = FIRST; after !== undefined;) {
      const from: string = after;
      after = await inTransaction(this.dataSource, async (tx) => {
        await this.epochs.begin(tx, 'sealing');
        return batch(tx, from);
      });
    }
  }

  async #elastic(tx: EntityManager, row: ElasticKeyEntity): Promise<void> {
    checkElasticState(this.barrier, row);
    await this.store.write(tx, ElasticKeyEntity, row.id, sealElasticState(this.barrier, row));
  }

  async #grant(tx: EntityManager, row: KeyGrantEntity): Promise<void> {
    checkGrant(this.barrier, row);
    const { epoch, sealed } = sealGrant(this.barrier, row);
    await this.store.write(tx, KeyGrantEntity, row.id, { epoch, sealed });
  }

  async #material(tx: EntityManager, row: MaterialKeyEntity): Promise<void> {
    const thumbprint = checkMaterialState(this.barrier, row);
    if (row.status === 'destroyed') {
      const epoch = this.barrier.contentEpoch;
      const state = sealMaterialState(this.barrier, { ...row, epoch }, thumbprint);
      return this.store.write(tx, MaterialKeyEntity, row.id, { epoch, ...state });
    }
    const material = openMaterial(this.barrier, row);
    try {
      await this.store.write(
        tx,
        MaterialKeyEntity,
        row.id,
        sealMaterial(this.barrier, { ...row, thumbprint }, material),
      );
    } finally {
      material.fill(0);
    }
  }
}
