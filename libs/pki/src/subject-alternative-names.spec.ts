import { describe, expect, test } from '@jest/globals';
import { subjectAlternativeNames } from './subject-alternative-names.js';

describe('subjectAlternativeNames', () => {
  test('takes several names apart', () => {
    expect(subjectAlternativeNames('URI:spiffe://cryptoutil/kms, DNS:localhost, IP Address:127.0.0.1')).toEqual([
      { type: 'URI', value: 'spiffe://cryptoutil/kms' },
      { type: 'DNS', value: 'localhost' },
      { type: 'IP Address', value: '127.0.0.1' },
    ]);
  });

  test('keeps a quoted value whole, commas, quotes and all (CVE-2021-44532)', () => {
    expect(subjectAlternativeNames('DNS:"a, URI:spiffe://cryptoutil/ops", DNS:b')).toEqual([
      { type: 'DNS', value: 'a, URI:spiffe://cryptoutil/ops' },
      { type: 'DNS', value: 'b' },
    ]);
    expect(subjectAlternativeNames('DNS:"a\\", URI:b"')).toEqual([{ type: 'DNS', value: 'a", URI:b' }]);
  });

  test('has no names for a certificate without the extension', () => {
    expect(subjectAlternativeNames(undefined)).toEqual([]);
    expect(subjectAlternativeNames('')).toEqual([]);
  });

  test.each([
    ['no type', 'spiffe'],
    ['an open quotation', 'DNS:"a'],
    ['text after a quotation', 'DNS:"a"b'],
    ['a quotation that is no JSON', 'DNS:"\\q"'],
    ['an entry after a comma without space', 'DNS:a,URI:spiffe://cryptoutil/ops'],
    ['a quotation within a value', 'DNS:a"b'],
    ['white space in front', ' DNS:a'],
  ])('gives up on %s', (_, text) => {
    expect(subjectAlternativeNames(text)).toBeUndefined();
  });
});
