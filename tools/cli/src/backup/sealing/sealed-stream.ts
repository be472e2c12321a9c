import {
  decryptJwe,
  encryptJwe,
  openAes256Gcm,
  randomBytes,
  sealAes256Gcm,
  Secret,
  type KeyMaterial,
} from '@cryptoutil/crypto';
import { CommandFailure } from '../../command-failure.js';

/** Bytes of plaintext in a chunk; the last one of a file has fewer. */
export const CHUNK_BYTES = 64 * 1024;
/** What AES-256-GCM adds: 12 bytes IV and 16 bytes tag. */
const SEAL_BYTES = 28;
const KEY_BYTES = 32;
const MAGIC = Buffer.from('cryptoutil-sealed-1\n', 'ascii');
const MAX_HEADER_BYTES = 8192;

/** Whom a file is sealed for: the public key, and its name. */
export interface Recipient {
  readonly kid: string;
  readonly key: KeyMaterial;
}

/**
 * Seals a stream for a recipient. It begins with a JWE (RFC 7516, ECDH-ES+A256KW) that carries a key for this one file; then come chunks
 * under that key (AES-256-GCM), each bound to its number, to whether it is the last, and to `place` (set and file). So nothing can be
 * changed, cut off, moved within the file or to another file without being found when it is opened.
 */
export async function* sealStream(
  source: AsyncIterable<Buffer>,
  { kid, key }: Recipient,
  place: string,
): AsyncGenerator<Buffer> {
  const fileKey = Secret.fromBytes(randomBytes(KEY_BYTES));
  try {
    const jwe = Buffer.from(await encryptJwe(key, fileKey.bytes(), { kid, context: place }), 'ascii');
    const length = Buffer.alloc(4);
    length.writeUInt32BE(jwe.length);
    yield Buffer.concat([MAGIC, length, jwe]);
    let number = 0;
    for await (const { bytes, last } of inChunks(source, CHUNK_BYTES)) {
      yield sealAes256Gcm(fileKey, bytes, bindingOf(place, number, last));
      number += 1;
    }
  } finally {
    fileKey.zero();
  }
}

/** Opens what `sealStream` has made; `place` must be the same. Throws a `CommandFailure` that names `place` before anything that is wrong is passed on. */
export async function* openStream(
  source: AsyncIterable<Buffer>,
  { kid, key }: Recipient,
  place: string,
): AsyncGenerator<Buffer> {
  const reader = new ByteReader(source);
  if (!(await reader.take(MAGIC.length)).equals(MAGIC)) throw damaged(place, 'it is no sealed file');
  const length = await reader.take(4);
  const headerBytes = length.length === 4 ? length.readUInt32BE() : 0;
  if (headerBytes === 0 || headerBytes > MAX_HEADER_BYTES) throw damaged(place, 'its header is not whole');
  const jwe = (await reader.take(headerBytes)).toString('ascii');
  const fileKey = Secret.fromBytes(
    await decryptJwe(key, jwe, { kid, context: place }).catch(() => {
      throw damaged(place, 'it was sealed for another key, for another place, or its header was changed');
    }),
  );
  try {
    let number = 0;
    for await (const { bytes, last } of inChunks(reader.rest(), CHUNK_BYTES + SEAL_BYTES)) {
      yield openChunk(fileKey, bytes, place, number, last);
      number += 1;
    }
  } finally {
    fileKey.zero();
  }
}

function openChunk(key: Secret, bytes: Buffer, place: string, number: number, last: boolean): Buffer {
  try {
    return openAes256Gcm(key, bytes, bindingOf(place, number, last));
  } catch {
    throw damaged(place, `chunk ${number} was changed, moved or cut off`);
  }
}

const bindingOf = (place: string, number: number, last: boolean): string =>
  JSON.stringify(['cryptoutil sealed chunk 1', place, number, last]);

const damaged = (place: string, reason: string): CommandFailure =>
  new CommandFailure(`${place} cannot be opened: ${reason}.`);

/** Chunks of exactly `size` bytes, and the last one marked, which may be shorter or empty. */
async function* inChunks(
  source: AsyncIterable<Buffer>,
  size: number,
): AsyncGenerator<{ bytes: Buffer; last: boolean }> {
  let parts: Buffer[] = [];
  let held = 0;
  for await (const part of source) {
    parts.push(part);
    held += part.length;
    if (held <= size) continue;
    const all = Buffer.concat(parts, held);
    let at = 0;
    // One chunk is always held back: only the end tells which is the last.
    for (; held - at > size; at += size) yield { bytes: all.subarray(at, at + size), last: false };
    parts = [all.subarray(at)];
    held -= at;
  }
  yield { bytes: Buffer.concat(parts, held), last: true };
}

/** Takes the first bytes of a stream, then gives the rest. */
class ByteReader {
  readonly #source: AsyncIterator<Buffer>;
  #held: Buffer = Buffer.alloc(0);

  constructor(source: AsyncIterable<Buffer>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** Fewer bytes only when the stream has no more. */
  async take(count: number): Promise<Buffer> {
    while (this.#held.length < count) {
      const next = await this.#source.next();
      if (next.done) break;
      this.#held = Buffer.concat([this.#held, next.value]);
    }
    const taken = this.#held.subarray(0, count);
    this.#held = this.#held.subarray(count);
    return taken;
  }

  async *rest(): AsyncGenerator<Buffer> {
    yield this.#held;
    for (;;) {
      const next = await this.#source.next();
      if (next.done) return;
      yield next.value;
    }
  }
}
