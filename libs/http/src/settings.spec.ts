import { describe, expect, it } from '@jest/globals';
import { readSettings } from '@cryptoutil/config';
import { httpSettings } from './index.js';
import { httpDefaults } from './settings.js';

describe('httpSettings', () => {
  const read = (env: NodeJS.ProcessEnv) => readSettings({ http: httpSettings({ port: 8082 }) }, env).http;

  it('listens on loopback at the service’s own port, which the public URL follows', () => {
    expect(read({})).toEqual({
      ...httpDefaults,
      trustedProxies: [],
      listenHost: '127.0.0.1',
      listenPort: 8082,
      publicUrl: 'https://localhost:8082',
      commit: undefined,
    });
    expect(read({ CRYPTOUTIL_LISTEN_PORT: '9999' }).publicUrl).toBe('https://localhost:9999');
    expect(read({ CRYPTOUTIL_PUBLIC_URL: 'https://api.example.org/' }).publicUrl).toBe('https://api.example.org');
  });

  it.each([
    ['CRYPTOUTIL_LISTEN_PORT', '80000'],
    ['CRYPTOUTIL_PUBLIC_URL', 'http://api.example.org'],
    ['CRYPTOUTIL_COMMIT', 'main'],
    ['CRYPTOUTIL_RATE_LIMIT_RPS', '0'],
    ['CRYPTOUTIL_MAX_IN_FLIGHT', 'many'],
    ['CRYPTOUTIL_TRUSTED_PROXIES', 'haproxy'],
    ['CRYPTOUTIL_TRUSTED_PROXIES', '10.0.0.0/33'],
    ['CRYPTOUTIL_TRUSTED_PROXIES', '10.0.0.1,fe80::1%eth0'],
  ])('refuses %s=%s', (variable, value) => {
    expect(() => read({ [variable]: value })).toThrow(variable);
  });
});
