import { PassThrough } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { BODY_LIMIT_BYTES, readBody } from './read-body.js';
import type { IncomingRequest } from './request.js';

const request = (isHttp2 = false): PassThrough & IncomingRequest =>
  Object.assign(new PassThrough(), isHttp2 ? { stream: {} } : {}) as unknown as PassThrough & IncomingRequest;

describe('reading a body', () => {
  it('puts its parts together', async () => {
    const incoming = request();
    const body = readBody(incoming);
    incoming.write('ab');
    incoming.end('cd');
    expect(Buffer.from((await body)!).toString()).toBe('abcd');
  });

  it('stops at 64 KiB', async () => {
    const incoming = request();
    const body = readBody(incoming);
    incoming.write(Buffer.alloc(BODY_LIMIT_BYTES + 1));
    expect(await body).toBeUndefined();
  });

  it('gives an HTTP/2 stream up that goes on too slowly', async () => {
    const incoming = request(true);
    const body = readBody(incoming, 50);
    incoming.write('a');
    expect(await body).toBeUndefined();
  });

  it('rejects when the peer goes away before or while it is read', async () => {
    const [before, meanwhile] = [request(), request(true)];
    before.destroy();
    await expect(readBody(before)).rejects.toThrow('went away');
    const body = readBody(meanwhile);
    meanwhile.destroy();
    await expect(body).rejects.toThrow('went away');
  });

  it('rejects when the stream breaks', async () => {
    const incoming = request();
    const body = readBody(incoming);
    incoming.destroy(new Error('broken'));
    await expect(body).rejects.toThrow('broken');
  });
});
