import { expect, test } from '@jest/globals';
import { ConfigurationError, readSettings } from '@cryptoutil/config';
import { tlsSettings } from './tls-settings.js';

test('tlsSettings takes the three files and demands each', () => {
  const env = { CRYPTOUTIL_TLS_CERT_FILE: '/c', CRYPTOUTIL_TLS_KEY_FILE: '/k', CRYPTOUTIL_TLS_CA_FILE: '/a' };
  expect(readSettings({ tls: tlsSettings() }, env).tls).toEqual({ certFile: '/c', keyFile: '/k', caFile: '/a' });
  expect(() => readSettings({ tls: tlsSettings() }, {})).toThrow(ConfigurationError);
});
