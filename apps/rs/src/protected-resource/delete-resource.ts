import { Injectable } from '@nestjs/common';
import { ProtectedResourceStore } from './protected-resource.store.js';

/** Deletes one resource of the owner, its ciphertext with it. Needs no kms, so it works while that is sealed. */
@Injectable()
export class DeleteResource {
  constructor(private readonly store: ProtectedResourceStore) {}

  /** @returns false when the owner has no such resource */
  run(owner: string, id: string): Promise<boolean> {
    return this.store.deleteOwn(owner, id);
  }
}
