import type { IncomingRequest } from './request.js';

/** Bodies have three short fields; this leaves room for whatever else a client sends along. */
export const BODY_LIMIT_BYTES = 64 * 1024;

/** Whether a body may follow: HTTP/1 says so in its headers, HTTP/2 by not ending the stream with them. */
export function hasBody(incoming: IncomingRequest): boolean {
  if ('stream' in incoming) return !incoming.stream.endAfterHeaders;
  const { 'content-length': length, 'transfer-encoding': encoding } = incoming.headers;
  return encoding !== undefined || (length !== undefined && length !== '0');
}

/** In HTTP/1 the listener's `requestTimeout` ends a slow request; of HTTP/2 streams nobody else keeps the time. */
const WITHIN_MS = 30_000;

/** The whole body; undefined when it is longer than 64 KiB, or an HTTP/2 peer takes longer than `withinMs`. Rejects when the peer goes away in between. */
export function readBody(incoming: IncomingRequest, withinMs = WITHIN_MS): Promise<Uint8Array | undefined> {
  // Its end is past, and nobody would hear of it.
  if (incoming.destroyed) return Promise.reject(new Error('the peer went away'));
  return new Promise((settle, fail) => {
    const chunks: Buffer[] = [];
    let length = 0;
    let ended = false;
    const late = 'stream' in incoming ? setTimeout(() => settle(undefined), withinMs) : undefined;
    incoming.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length > BODY_LIMIT_BYTES) settle(undefined);
      else chunks.push(chunk);
    });
    incoming.on('end', () => {
      ended = true;
      clearTimeout(late);
      settle(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks));
    });
    incoming.on('error', fail);
    // Comes after every request; an error that nobody waits for is not worth its stack trace.
    incoming.on('close', () => {
      clearTimeout(late);
      if (!ended) fail(new Error('the peer went away'));
    });
  });
}
