import { describe, expect, it } from '@jest/globals';
import { CHAIN_START, type ChainedRecord, chainHash, followsOn } from './hash-chain.js';

const chain = (texts: string[]): ChainedRecord[] => {
  let previous: Uint8Array = CHAIN_START;
  return texts.map((text, at) => {
    const hash = chainHash('test', at + 1, previous, text);
    const record = { sequence: at + 1, text, previous, hash };
    previous = hash;
    return record;
  });
};
const whole = (records: ChainedRecord[]) => {
  let before: { sequence: number; hash: Uint8Array } = { sequence: 0, hash: CHAIN_START };
  return records.every((record) => {
    const follows = followsOn('test', before, record);
    before = record;
    return follows;
  });
};

describe('a hash chain', () => {
  it('is whole as it was made, and not when a record was changed, left out, moved or put in', () => {
    const records = chain(['a', 'b', 'c']);
    expect(whole(records)).toBe(true);
    expect(whole(records.map((record, at) => (at === 1 ? { ...record, text: 'x' } : record)))).toBe(false);
    expect(whole([records[0]!, records[2]!])).toBe(false);
    expect(whole([records[1]!, records[0]!, records[2]!])).toBe(false);
    expect(whole([records[0]!, records[0]!, records[1]!, records[2]!])).toBe(false);
  });

  it('gives different hashes for other purposes and for fields that would be the same joined', () => {
    const hashes = [
      chainHash('a', 1, CHAIN_START, 'bc'),
      chainHash('b', 1, CHAIN_START, 'bc'),
      chainHash('a', 11, CHAIN_START, 'bc'),
      chainHash('a', 1, Buffer.concat([CHAIN_START, Buffer.from('b')]), 'c'),
    ];
    expect(new Set(hashes.map((hash) => hash.toString('hex'))).size).toBe(4);
  });
});
