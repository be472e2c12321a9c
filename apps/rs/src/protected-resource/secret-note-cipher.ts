import { Injectable } from '@nestjs/common';
import { KmsClient, KmsRefused } from '@cryptoutil/kms-client';

/** Name of the key the kms keeps for the identity `rs`. */
export const resourceDataKey = 'resource-data';

/** Which row a secret note belongs to. */
export interface NoteOwner {
  id: string;
  owner: string;
}

/**
 * Encrypts secret notes through the kms. The context binds each to its row and owner, so a ciphertext moved to another row, or a row
 * given to another owner, does not decrypt.
 *
 * Every method throws KmsUnavailable when the kms is sealed or does not answer, and KmsRefused when it says no.
 */
@Injectable()
export class SecretNoteCipher {
  #keyId?: Promise<string>;

  constructor(private readonly kms: KmsClient) {}

  async encrypt(note: string, row: NoteOwner): Promise<string> {
    return this.#withKey((keyId) => this.kms.encrypt(keyId, Buffer.from(note, 'utf8'), contextOf(row)));
  }

  async decrypt(jwe: string, row: NoteOwner): Promise<string> {
    return this.#withKey(async (keyId) => (await this.kms.decrypt(keyId, jwe, contextOf(row))).toString('utf8'));
  }

  /** Runs with the id of the key, which is looked up once and again after the kms said that there is no such key. */
  async #withKey<T>(operation: (keyId: string) => Promise<T>): Promise<T> {
    this.#keyId ??= this.kms.findKey(resourceDataKey).then(({ id }) => id);
    try {
      return await operation(await this.#keyId);
    } catch (error) {
      if (!(error instanceof KmsRefused) || error.code === 'key_not_found') this.#keyId = undefined;
      throw error;
    }
  }
}

/** JSON keeps the parts apart whatever they contain. */
const contextOf = ({ id, owner }: NoteOwner): string => JSON.stringify(['rs', 'protected-resource', id, owner]);
