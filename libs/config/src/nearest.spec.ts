import { expect, test } from '@jest/globals';
import { nearest } from './nearest.js';

test.each([
  ['CRYPTOUTIL_LISTN_PORT', 'CRYPTOUTIL_LISTEN_PORT'],
  ['CRYPTOUTIL_LISTEN_PROT', 'CRYPTOUTIL_LISTEN_PORT'],
  ['CRYPTOUTIL_TLS_CA', 'CRYPTOUTIL_TLS_CA_FILE'],
  ['CRYPTOUTIL_TLS_CE_FILE', 'CRYPTOUTIL_TLS_CA_FILE'],
  ['CRYPTOUTIL_QUITE_ANOTHER_THING', undefined],
])('nearest to %s is %s', (name, expected) => {
  const known = [
    'CRYPTOUTIL_LISTEN_HOST',
    'CRYPTOUTIL_LISTEN_PORT',
    'CRYPTOUTIL_TLS_CA_FILE',
    'CRYPTOUTIL_TLS_CERT_FILE',
  ];
  expect(nearest(name, known)).toBe(expected);
});

test('nearest to anything is nothing when nothing is known', () => {
  expect(nearest('CRYPTOUTIL_X', [])).toBeUndefined();
});
