import { Readable } from 'node:stream';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { generateJwk, importMaterial, importPublicJwk, createPrivateKey } from '@cryptoutil/crypto';
import { CHUNK_BYTES, openStream, sealStream, type Recipient } from './sealed-stream.js';

const algorithm = 'ECDH-ES+A256KW+A256GCM';
const SEALED_CHUNK = CHUNK_BYTES + 28;

async function pair(kid: string): Promise<{ seal: Recipient; open: Recipient }> {
  const { privateJwk, publicJwk } = await generateJwk('P-256');
  const der = createPrivateKey({ key: privateJwk, format: 'jwk' }).export({ format: 'der', type: 'pkcs8' });
  return {
    seal: { kid, key: importPublicJwk(algorithm, publicJwk!) },
    open: { kid, key: importMaterial(algorithm, der) },
  };
}

const parts = (...buffers: Buffer[]): AsyncIterable<Buffer> => Readable.from(buffers);

async function whole(source: AsyncIterable<Buffer>): Promise<Buffer> {
  const found: Buffer[] = [];
  for await (const part of source) found.push(part);
  return Buffer.concat(found);
}

describe('a sealed stream', () => {
  let keys: Awaited<ReturnType<typeof pair>>;
  let sealed: Buffer;
  let headerEnd: number;
  const plaintext = Buffer.alloc(3 * CHUNK_BYTES + 100, 'row\n');
  beforeAll(async () => {
    keys = await pair('k1');
    sealed = await whole(sealStream(parts(plaintext), keys.seal, 'set/rs'));
    headerEnd = sealed.length - (3 * SEALED_CHUNK + 128);
  });
  const open = (bytes: Buffer, place = 'set/rs', recipient = keys.open) =>
    whole(openStream(parts(bytes), recipient, place));
  const chunk = (number: number) =>
    sealed.subarray(headerEnd + number * SEALED_CHUNK, headerEnd + (number + 1) * SEALED_CHUNK);

  it.each([0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 2 * CHUNK_BYTES])(
    'gives %i bytes back as they were, however they come in parts',
    async (size) => {
      const bytes = Buffer.alloc(size, 'x');
      const out = await whole(sealStream(parts(bytes.subarray(0, 10), bytes.subarray(10)), keys.seal, 'p'));
      const cut = [0, 3, 17, 300, 5000, out.length].map((to, at, all) =>
        out.subarray(all[at - 1] ?? 0, Math.min(to, out.length)),
      );
      expect(await whole(openStream(parts(...cut), keys.open, 'p'))).toEqual(bytes);
    },
  );

  it('holds nothing of the plaintext and is never the same twice', async () => {
    expect(sealed.includes('row\nrow\n')).toBe(false);
    expect(await whole(sealStream(parts(plaintext), keys.seal, 'set/rs'))).not.toEqual(sealed);
  });

  it('is refused with any one bit changed', async () => {
    for (const at of [0, 21, 40, headerEnd - 1, headerEnd, headerEnd + SEALED_CHUNK, sealed.length - 1]) {
      const changed = Buffer.from(sealed);
      changed[at]! ^= 1;
      await expect(open(changed)).rejects.toThrow(/^set\/rs cannot be opened: /);
    }
  });

  it('is refused when it is cut off, also exactly after a chunk', async () => {
    for (const length of [0, 10, 22, headerEnd, headerEnd + SEALED_CHUNK, sealed.length - 128, sealed.length - 1])
      await expect(open(sealed.subarray(0, length))).rejects.toThrow('set/rs cannot be opened');
  });

  it('is refused with chunks in another order, left out, repeated, or with something behind the end', async () => {
    const head = sealed.subarray(0, headerEnd);
    const tail = sealed.subarray(headerEnd + 3 * SEALED_CHUNK);
    for (const order of [
      [1, 0, 2],
      [0, 2],
      [0, 1, 1, 2],
      [0, 1],
    ])
      await expect(open(Buffer.concat([head, ...order.map(chunk), tail]))).rejects.toThrow(
        'was changed, moved or cut off',
      );
    await expect(open(Buffer.concat([sealed, Buffer.from('x')]))).rejects.toThrow('was changed, moved or cut off');
    await expect(open(Buffer.concat([sealed, tail]))).rejects.toThrow('was changed, moved or cut off');
  });

  it('is refused in another place, and for another key', async () => {
    await expect(open(sealed, 'set/idp')).rejects.toThrow('sealed for another key, for another place');
    await expect(open(sealed, 'other/rs')).rejects.toThrow('sealed for another key, for another place');
    await expect(open(sealed, 'set/rs', (await pair('k1')).open)).rejects.toThrow('sealed for another key');
  });

  it('passes nothing of a changed chunk on', async () => {
    const changed = Buffer.from(sealed);
    changed[headerEnd + SEALED_CHUNK + 50]! ^= 1;
    const seen: Buffer[] = [];
    await expect(
      (async () => {
        for await (const part of openStream(parts(changed), keys.open, 'set/rs')) seen.push(part);
      })(),
    ).rejects.toThrow('chunk 1 was changed');
    expect(Buffer.concat(seen)).toEqual(plaintext.subarray(0, CHUNK_BYTES));
  });
});
