import { CommandFailure } from '../../command-failure.js';

/** What a dump is made of, in order: for each table its name, its data, its end; at last the sequences. */
export type FrameKind = 'table' | 'data' | 'end' | 'file' | 'sequences' | 'over';

/** A piece of a dump. `data` carries bytes as they are, the others JSON. */
export interface Frame {
  readonly kind: FrameKind;
  readonly body: Buffer;
}

const CODES: Readonly<Record<FrameKind, number>> = { table: 1, data: 2, end: 3, file: 4, sequences: 5, over: 6 };
const kinds = new Map(Object.entries(CODES).map(([kind, code]) => [code, kind as FrameKind]));
const HEAD_BYTES = 5;

/** A frame as bytes: one byte for its kind, four for the length of its body, the body. */
export function frame(kind: FrameKind, body: Buffer | object): Buffer {
  const bytes = Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body), 'utf8');
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUInt8(CODES[kind]);
  head.writeUInt32BE(bytes.length, 1);
  return Buffer.concat([head, bytes]);
}

/** The frames of a stream. Throws a `CommandFailure` when the stream ends within one, or before the one that says that it is over. */
export async function* readFrames(source: AsyncIterable<Buffer>): AsyncGenerator<Frame> {
  let held: Buffer = Buffer.alloc(0);
  let over = false;
  for await (const part of source) {
    held = held.length === 0 ? part : Buffer.concat([held, part]);
    for (;;) {
      if (held.length < HEAD_BYTES) break;
      const length = held.readUInt32BE(1);
      if (held.length < HEAD_BYTES + length) break;
      const kind = kinds.get(held.readUInt8());
      if (!kind || over) throw new CommandFailure('The dump holds something that this version does not know.');
      over = kind === 'over';
      yield { kind, body: held.subarray(HEAD_BYTES, HEAD_BYTES + length) };
      held = held.subarray(HEAD_BYTES + length);
    }
  }
  if (!over || held.length > 0) throw new CommandFailure('The dump ends too early.');
}

/** The JSON of a frame. */
export const jsonOf = <T>({ body }: Frame): T => JSON.parse(body.toString('utf8')) as T;
