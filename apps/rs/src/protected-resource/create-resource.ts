import { Injectable } from '@nestjs/common';
import { uuidv7 } from '@cryptoutil/crypto';
import { ProtectedResourceStore } from './protected-resource.store.js';
import type { CreateResourceBody, ResourceBody } from './protected-resource.schema.js';
import { SecretNoteCipher } from './secret-note-cipher.js';

/** Keeps a new resource. Its note is encrypted before anything is stored, so a kms that does not answer leaves no half-made row. */
@Injectable()
export class CreateResource {
  constructor(
    private readonly cipher: SecretNoteCipher,
    private readonly store: ProtectedResourceStore,
  ) {}

  async run(owner: string, { name, description, secret_note }: CreateResourceBody): Promise<ResourceBody> {
    const id = uuidv7();
    const createdAt = new Date();
    const secretNoteJwe = await this.cipher.encrypt(secret_note, { id, owner });
    await this.store.insert({ id, owner, name, description: description ?? null, secretNoteJwe, createdAt });
    return { id, name, description: description ?? null, created_at: createdAt.toISOString(), secret_note };
  }
}
