import { Injectable } from '@nestjs/common';
import { ProtectedResourceStore } from './protected-resource.store.js';
import type { ResourceBody } from './protected-resource.schema.js';
import { SecretNoteCipher } from './secret-note-cipher.js';

/** One resource of the owner with its note in clear. */
@Injectable()
export class ReadResource {
  constructor(
    private readonly store: ProtectedResourceStore,
    private readonly cipher: SecretNoteCipher,
  ) {}

  /** @returns undefined when the owner has no such resource, whoever else may have it */
  async run(owner: string, id: string): Promise<ResourceBody | undefined> {
    const found = await this.store.findOwn(owner, id);
    if (!found) return undefined;
    const { name, description, createdAt, secretNoteJwe } = found;
    const secret_note = await this.cipher.decrypt(secretNoteJwe, { id, owner });
    return { id, name, description, created_at: createdAt.toISOString(), secret_note };
  }
}
