import { beforeEach, describe, expect, test } from '@jest/globals';
import { KmsRefused, KmsUnavailable, type KmsClient } from '@cryptoutil/kms-client';
import { SecretNoteCipher } from './secret-note-cipher.js';

const row = { id: 'id-1', owner: 'user:alice' };

/** Remembers what it was asked; `fail` makes the next operation reject. */
class RecordingKms {
  lookups = 0;
  keyIds: string[] = [];
  contexts: (string | undefined)[] = [];
  fail?: Error;
  failLookup?: Error;

  findKey() {
    this.lookups += 1;
    return this.failLookup ? Promise.reject(this.failLookup) : Promise.resolve({ id: `key-${this.lookups}` });
  }

  encrypt(keyId: string, plaintext: Uint8Array, context?: string) {
    return this.#call(keyId, context, () => `jwe(${Buffer.from(plaintext).toString('utf8')})`);
  }

  decrypt(keyId: string, jwe: string, context?: string) {
    return this.#call(keyId, context, () => Buffer.from(jwe.slice(4, -1)));
  }

  #call<T>(keyId: string, context: string | undefined, result: () => T): Promise<T> {
    this.keyIds.push(keyId);
    this.contexts.push(context);
    const { fail } = this;
    this.fail = undefined;
    return fail ? Promise.reject(fail) : Promise.resolve(result());
  }
}

let kms: RecordingKms;
let cipher: SecretNoteCipher;

beforeEach(() => {
  kms = new RecordingKms();
  cipher = new SecretNoteCipher(kms as unknown as KmsClient);
});

describe('SecretNoteCipher', () => {
  test('what was encrypted comes back, any Unicode', async () => {
    expect(await cipher.decrypt(await cipher.encrypt('naïve 🔑', row), row)).toBe('naïve 🔑');
  });

  test('looks its key up once, also for parallel first calls', async () => {
    await Promise.all(Array.from({ length: 10 }, () => cipher.encrypt('x', row)));
    expect(kms.lookups).toBe(1);
  });

  test('the context binds row and owner, and no two pairs share one', async () => {
    await cipher.encrypt('x', row);
    await cipher.encrypt('x', { ...row, id: 'id-2' });
    await cipher.encrypt('x', { ...row, owner: 'user:bob' });
    await cipher.encrypt('x', { id: 'id-1","user:alice', owner: '' });
    expect(new Set(kms.contexts).size).toBe(4);
    await cipher.decrypt('jwe(x)', row);
    expect(kms.contexts.at(-1)).toBe(kms.contexts[0]);
  });

  test('looks the key up again after the kms did not know it, and after a failed look-up', async () => {
    kms.fail = new KmsRefused('key_not_found');
    await expect(cipher.encrypt('x', row)).rejects.toBeInstanceOf(KmsRefused);
    kms.failLookup = new KmsUnavailable('unreachable');
    await expect(cipher.encrypt('x', row)).rejects.toBeInstanceOf(KmsUnavailable);
    kms.failLookup = undefined;
    await cipher.encrypt('x', row);
    expect([kms.lookups, kms.keyIds]).toEqual([3, ['key-1', 'key-3']]);
  });

  test('a refused ciphertext does not make it forget its key', async () => {
    kms.fail = new KmsRefused('decrypt_failed');
    await expect(cipher.decrypt('jwe(x)', row)).rejects.toMatchObject({ code: 'decrypt_failed' });
    await cipher.encrypt('x', row);
    expect(kms.lookups).toBe(1);
  });
});
