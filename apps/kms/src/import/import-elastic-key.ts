import { Injectable } from '@nestjs/common';
import type { z } from 'zod';
import type { Actor } from '../access/caller.js';
import { AddVersion } from '../elastic-keys/add-version.js';
import { algorithmOf } from '../elastic-keys/algorithms.js';
import { CreateElasticKey, type NewElasticKey } from '../elastic-keys/create-elastic-key.js';
import type { ElasticKeyEntity } from '../elastic-keys/elastic-key.entity.js';
import { ElasticKeyStore } from '../elastic-keys/elastic-key.store.js';
import { KmsError } from '../errors/kms-error.js';
import type { wrappedImport } from './import.schema.js';
import { OpenImport } from './open-import.js';

type Wrapped = z.output<typeof wrappedImport>;

/** Brings material in: as a new version of a key, or as the first one of a new key. */
@Injectable()
export class ImportElasticKey {
  constructor(
    private readonly store: ElasticKeyStore,
    private readonly opening: OpenImport,
    private readonly adding: AddVersion,
    private readonly creating: CreateElasticKey,
  ) {}

  /** The key with its new current version. Errors: those of `OpenImport` and of a change of the key. */
  async version(by: Actor, id: string, wrapped: Wrapped): Promise<{ key: ElasticKeyEntity; kid: string }> {
    const found = await this.store.describe(by.tenant, id);
    if (!found) throw new KmsError('key_not_found');
    const { material } = await this.opening.execute(by.tenant, algorithmOf(found.key), wrapped, found.key.keyBits);
    try {
      const added = await this.adding.execute(by, found.key, material);
      if (added) return added;
      throw new KmsError('key_not_found');
    } finally {
      material.bytes.fill(0);
    }
  }

  /** A new key. Errors: `name_taken` and those of `OpenImport`. */
  async create(by: Actor, wanted: NewElasticKey, wrapped: Wrapped): Promise<{ key: ElasticKeyEntity; kid: string }> {
    const algorithm = algorithmOf({ ...wanted, id: wanted.name });
    await this.creating.requireFree(by, wanted.name);
    const { material, bits } = await this.opening.execute(by.tenant, algorithm, wrapped, wanted.keyBits ?? undefined);
    return this.creating.withMaterial(by, { ...wanted, keyBits: bits }, material);
  }
}
