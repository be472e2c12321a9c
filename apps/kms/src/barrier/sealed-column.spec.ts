import { describe, expect, it } from '@jest/globals';
import { randomBytes } from '@cryptoutil/crypto';
import { type SealedPlace, openColumn, sealColumn } from './sealed-column.js';

const key = randomBytes(32);
const place: SealedPlace = {
  table: 'material_keys',
  tenant: 'a',
  keyId: 'k',
  version: 1,
  column: 'material',
  epoch: 1,
};
const integrity = expect.objectContaining({ code: 'integrity' });

describe('sealed column', () => {
  it('opens where it was sealed', () => {
    expect(openColumn(key, place, sealColumn(key, place, Buffer.from('secret'))).toString()).toBe('secret');
  });

  it.each<[keyof SealedPlace, string | number]>([
    ['table', 'elastic_keys'],
    ['tenant', 'b'],
    ['keyId', 'l'],
    ['version', 2],
    ['column', 'state'],
    ['epoch', 2],
  ])('does not open when its %s is another', (field, value) => {
    const sealed = sealColumn(key, place, Buffer.from('secret'));
    expect(() => openColumn(key, { ...place, [field]: value }, sealed)).toThrow(integrity);
  });

  it('does not open where the fields only read the same when joined', () => {
    const sealed = sealColumn(key, { ...place, tenant: 'ab', keyId: 'c' }, Buffer.from('secret'));
    expect(() => openColumn(key, { ...place, tenant: 'a', keyId: 'bc' }, sealed)).toThrow(integrity);
  });

  it('does not open with any byte flipped, at any shorter length, or with a byte more', () => {
    const sealed = sealColumn(key, place, Buffer.from('secret'));
    for (let at = 0; at < sealed.length; at += 1) {
      const flipped = Buffer.from(sealed);
      flipped[at]! ^= 0x80;
      expect(() => openColumn(key, place, flipped)).toThrow(integrity);
      expect(() => openColumn(key, place, sealed.subarray(0, at))).toThrow(integrity);
    }
    expect(() => openColumn(key, place, Buffer.concat([sealed, Buffer.of(0)]))).toThrow(integrity);
  });

  it('does not open under another key', () => {
    expect(() => openColumn(randomBytes(32), place, sealColumn(key, place, Buffer.from('secret')))).toThrow(integrity);
  });
});
