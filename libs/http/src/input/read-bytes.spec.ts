import { PassThrough } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { readBytes } from './read-bytes.js';

const bounds = { limitBytes: 64 };

describe('reading a body', () => {
  it('puts its parts together, up to the last byte of the limit', async () => {
    const incoming = new PassThrough();
    const body = readBytes(incoming, { limitBytes: 4 });
    incoming.write('ab');
    incoming.end('cd');
    expect((await body)!.toString()).toBe('abcd');
  });

  it('ends at the limit, and throws away what still comes', async () => {
    const incoming = new PassThrough();
    const body = readBytes(incoming, bounds);
    incoming.write(Buffer.alloc(65));
    expect(await body).toBeUndefined();
    // A stream that nobody reads would never come to its end.
    const ended = new Promise((settle) => incoming.once('end', settle));
    incoming.end(Buffer.alloc(1_000_000));
    await ended;
  });

  it('gives up what goes on too slowly', async () => {
    const incoming = new PassThrough();
    const body = readBytes(incoming, { ...bounds, withinMs: 50 });
    incoming.write('a');
    expect(await body).toBeUndefined();
  });

  it('rejects when the peer goes away before or while it is read', async () => {
    const [before, meanwhile] = [new PassThrough(), new PassThrough()];
    before.destroy();
    await expect(readBytes(before, bounds)).rejects.toThrow('went away');
    const body = readBytes(meanwhile, { ...bounds, withinMs: 60_000 });
    meanwhile.destroy();
    await expect(body).rejects.toThrow('went away');
  });

  it('rejects when the stream breaks', async () => {
    const incoming = new PassThrough();
    const body = readBytes(incoming, bounds);
    incoming.destroy(new Error('broken'));
    await expect(body).rejects.toThrow('broken');
  });
});
