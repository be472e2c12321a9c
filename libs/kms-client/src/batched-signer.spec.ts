import { describe, expect, it } from '@jest/globals';
import { BatchedSigner, WAITING_LIMIT } from './batched-signer.js';
import { KmsRefused, KmsUnavailable } from './errors.js';
import { BATCH_LIMIT, type KmsSignature } from './kms-client.js';

type Result = KmsSignature | KmsRefused;

/** A kms whose calls are answered by the test. */
const heldKms = () => {
  const calls: {
    items: string[];
    kid: string | undefined;
    answer: (results?: Result[]) => void;
    fail: (error: Error) => void;
  }[] = [];
  const client = {
    signBatch: (_keyId: string, data: readonly Uint8Array[], { kid }: { kid?: string } = {}) =>
      new Promise<Result[]>((resolve, reject) => {
        const items = data.map((bytes) => Buffer.from(bytes).toString());
        const signed = () => items.map((item) => ({ signature: Buffer.from(`signed ${item}`), kid: kid ?? '' }));
        calls.push({ items, kid, answer: (results) => resolve(results ?? signed()), fail: reject });
      }),
  };
  return { calls, signer: new BatchedSigner(client, 'key', 'kid-1') };
};
const text = (signature: Uint8Array) => Buffer.from(signature).toString();
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('batched signer', () => {
  it('sends what is asked for in one turn as one batch, for its version', async () => {
    const { calls, signer } = heldKms();
    const signatures = ['a', 'b', 'c'].map((item) => signer.sign(Buffer.from(item)));
    await turn();
    expect(calls.map(({ items, kid }) => ({ items, kid }))).toEqual([{ items: ['a', 'b', 'c'], kid: 'kid-1' }]);
    calls[0]!.answer();
    expect((await Promise.all(signatures)).map(text)).toEqual(['signed a', 'signed b', 'signed c']);
  });

  it('collects further requests while a call is in flight, and sends them together', async () => {
    const { calls, signer } = heldKms();
    const first = signer.sign(Buffer.from('a'));
    await turn();
    const later = ['b', 'c'].map((item) => signer.sign(Buffer.from(item)));
    await turn();
    expect(calls).toHaveLength(1);
    calls[0]!.answer();
    expect(text(await first)).toBe('signed a');
    await turn();
    expect(calls[1]!.items).toEqual(['b', 'c']);
    calls[1]!.answer();
    expect((await Promise.all(later)).map(text)).toEqual(['signed b', 'signed c']);
    const alone = signer.sign(Buffer.from('d'));
    await turn();
    calls[2]!.answer();
    expect(text(await alone)).toBe('signed d');
  });

  it('puts at most 1000 items into a batch', async () => {
    const { calls, signer } = heldKms();
    const all = Array.from({ length: BATCH_LIMIT + 1 }, (_, n) => signer.sign(Buffer.from(String(n))));
    await turn();
    expect(calls[0]!.items).toHaveLength(BATCH_LIMIT);
    calls[0]!.answer();
    await turn();
    expect(calls[1]!.items).toEqual([String(BATCH_LIMIT)]);
    calls[1]!.answer();
    await Promise.all(all);
  });

  it('does not put more than half a megabyte into a batch, but sends a single larger item alone', async () => {
    const { calls, signer } = heldKms();
    const sizes = [600, 300, 300].map((kib) => signer.sign(Buffer.alloc(kib * 1024, 97)));
    for (let n = 0; n < 3; n += 1) {
      await turn();
      expect(calls[n]!.items).toHaveLength(1);
      calls[n]!.answer();
    }
    await Promise.all(sizes);
  });

  it('fails only the item that was refused', async () => {
    const { calls, signer } = heldKms();
    const [good, bad] = ['a', 'b'].map((item) => signer.sign(Buffer.from(item)));
    await turn();
    calls[0]!.answer([{ signature: Buffer.from('x'), kid: 'kid-1' }, new KmsRefused('payload_too_large')]);
    expect(text(await good!)).toBe('x');
    await expect(bad).rejects.toMatchObject({ code: 'payload_too_large' });
  });

  it('fails all of a batch that failed, and goes on with the next', async () => {
    const { calls, signer } = heldKms();
    const failed = [signer.sign(Buffer.from('a')), signer.sign(Buffer.from('b'))];
    await turn();
    const next = signer.sign(Buffer.from('c'));
    calls[0]!.fail(new KmsUnavailable('sealed', 7));
    for (const one of failed) await expect(one).rejects.toMatchObject({ reason: 'sealed', retryAfterSeconds: 7 });
    await turn();
    calls[1]!.answer();
    expect(text(await next)).toBe('signed c');
  });

  it('gives out no signature of another version', async () => {
    const { calls, signer } = heldKms();
    const signature = signer.sign(Buffer.from('a'));
    await turn();
    calls[0]!.answer([{ signature: Buffer.from('x'), kid: 'kid-2' }]);
    await expect(signature).rejects.toMatchObject({ code: 'kid_mismatch' });
  });

  it('fails an item that an answer has no result for', async () => {
    const { calls, signer } = heldKms();
    const signature = signer.sign(Buffer.from('a'));
    await turn();
    calls[0]!.answer([]);
    await expect(signature).rejects.toBeInstanceOf(KmsUnavailable);
  });

  it('refuses at once when too many wait', async () => {
    const { calls, signer } = heldKms();
    const waiting = Array.from({ length: WAITING_LIMIT }, () => signer.sign(Buffer.from('a')));
    await expect(signer.sign(Buffer.from('b'))).rejects.toMatchObject({ reason: 'overloaded' });
    await turn();
    for (let n = 0; n < WAITING_LIMIT / BATCH_LIMIT; n += 1) {
      calls[n]!.answer();
      await turn();
    }
    await Promise.all(waiting);
  });
});
