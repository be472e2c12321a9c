import { sha256 } from './hash.js';

/** One record of a hash chain: its place, its text, the hash of the record before it and its own. */
export interface ChainedRecord {
  sequence: number;
  text: string;
  previous: Uint8Array;
  hash: Uint8Array;
}

/** Hash before the first record. */
export const CHAIN_START = sha256('');

/** The hash of the next record: SHA-256 over purpose, sequence number, the hash before, and the text, each behind its length. */
export function chainHash(purpose: string, sequence: number, previous: Uint8Array, text: string): Buffer {
  const place = String(sequence);
  const lengths = [Buffer.byteLength(purpose), Buffer.byteLength(place), previous.byteLength, Buffer.byteLength(text)];
  const bytes = Buffer.allocUnsafe(lengths.reduce((sum, length) => sum + 4 + length, 0));
  let at = 0;
  [purpose, place, previous, text].forEach((field, index) => {
    at = bytes.writeUInt32BE(lengths[index]!, at);
    if (typeof field === 'string') bytes.write(field, at, 'utf8');
    else bytes.set(field, at);
    at += lengths[index]!;
  });
  return sha256(bytes);
}

/** Whether the record follows on the one before (sequence number and hash of it). A chain is whole when each record follows on its predecessor. */
export function followsOn(
  purpose: string,
  before: { sequence: number; hash: Uint8Array },
  { sequence, text, previous, hash }: ChainedRecord,
): boolean {
  return (
    sequence === before.sequence + 1 &&
    Buffer.compare(previous, before.hash) === 0 &&
    Buffer.compare(hash, chainHash(purpose, sequence, previous, text)) === 0
  );
}
