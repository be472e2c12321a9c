/** Thrown when text is not base64url in its one canonical form (RFC 4648 §5, RFC 7515 §2: no padding, no stray bits). */
export class InvalidBase64Url extends Error {
  override readonly name = 'InvalidBase64Url';
  constructor() {
    super('The text is not canonical base64url.');
  }
}

/** base64url without padding (RFC 4648 §5, RFC 7515 §2). */
export const base64url = {
  encode(bytes: Uint8Array): string {
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64url');
  },

  /**
   * Decodes canonical base64url. Throws `InvalidBase64Url` for padding, white space, `+` and `/`, impossible lengths and non-zero
   * trailing bits: two texts must never stand for the same bytes, or a replay check on the text could be stepped around.
   */
  decode(text: string): Buffer {
    if (typeof text !== 'string') throw new InvalidBase64Url();
    const bytes = Buffer.from(text, 'base64url');
    // Node decodes leniently; encoding again and comparing is what makes it strict.
    if (bytes.toString('base64url') !== text) throw new InvalidBase64Url();
    return bytes;
  },
};
