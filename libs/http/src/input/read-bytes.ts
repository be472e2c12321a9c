import type { Readable } from 'node:stream';

/** What a body may be. */
export interface BodyBounds {
  readonly limitBytes: number;
  /** Milliseconds until its end has to be there; without it nobody keeps the time here. */
  readonly withinMs?: number;
}

/**
 * The whole body of a request, as it comes over HTTP/1.1 or HTTP/2; undefined when it is longer or takes longer than `bounds` allow, and
 * what still comes is thrown away. Rejects when the peer goes away before its end, or has gone.
 */
export function readBytes(incoming: Readable, { limitBytes, withinMs }: BodyBounds): Promise<Buffer | undefined> {
  // Its end is past, and nobody would hear of it.
  if (incoming.destroyed) return Promise.reject(new Error('the peer went away'));
  return new Promise((settle, fail) => {
    const chunks: Buffer[] = [];
    let length = 0;
    let ended = false;
    const late = withinMs === undefined ? undefined : setTimeout(() => settle(undefined), withinMs);
    incoming.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length <= limitBytes) return void chunks.push(chunk);
      chunks.length = 0;
      settle(undefined);
    });
    incoming.once('end', () => {
      ended = true;
      clearTimeout(late);
      settle(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks));
    });
    incoming.on('error', fail);
    // Comes after every request; an error that nobody waits for is not worth its stack trace.
    incoming.once('close', () => {
      clearTimeout(late);
      if (!ended) fail(new Error('the peer went away'));
    });
  });
}
