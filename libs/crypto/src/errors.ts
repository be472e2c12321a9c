/**
 * Thrown when a ciphertext could not be opened. One error with one text for every cause (key, tag, format, context), so that
 * nobody learns from it how far the decryption got.
 */
export class DecryptFailed extends Error {
  override readonly name = 'DecryptFailed';
  readonly code = 'decrypt_failed';
  constructor() {
    super('The message could not be decrypted.');
  }
}
