import { Injectable } from '@nestjs/common';
import { kmsActor } from '../access/caller.js';
import { UnsealTask } from '../unseal/unseal-task.js';
import { CreateElasticKey } from '../elastic-keys/create-elastic-key.js';
import { ElasticKeyStore } from '../elastic-keys/elastic-key.store.js';
import { KmsError } from '../errors/kms-error.js';
import { keysMadeAtUnseal } from './internal-identities.js';

/** Makes the keys of the internal identities that are not there yet; each is one transaction, and two replicas may do it at once. */
@Injectable()
export class CreateIdentityKeys extends UnsealTask {
  constructor(
    private readonly create: CreateElasticKey,
    private readonly store: ElasticKeyStore,
  ) {
    super();
  }

  async run(): Promise<void> {
    for (const [identity, keys] of Object.entries(keysMadeAtUnseal)) {
      for (const { name, description, algorithm } of keys) {
        if (await this.store.nameTaken(identity, name)) continue;
        await this.create
          .execute(kmsActor(identity, 'create'), { name, description, algorithm })
          .catch((error: unknown) => {
            if (!(error instanceof KmsError && error.code === 'name_taken')) throw error;
          });
      }
    }
  }
}
