import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { X509Certificate } from '@cryptoutil/crypto';
import { certificateIdentity } from '@cryptoutil/pki';
import { fixedClock, testPki, type TestPki } from './index.js';

describe('testPki', () => {
  let pki: TestPki;
  beforeAll(async () => {
    pki = await testPki();
  });
  afterAll(() => pki.close());

  it('gives each identity one certificate of the test CA', async () => {
    const store = await pki.store('authz');
    const certificate = new X509Certificate(store.current.cert);
    expect(certificateIdentity(certificate)).toBe('authz');
    expect(certificate.verify(new X509Certificate(pki.caPem).publicKey)).toBe(true);
    expect(await pki.files('authz')).toBe(await pki.files('authz'));
  });

  it('gives an mTLS dispatcher', async () => {
    expect(await pki.agent('rs')).toHaveProperty('dispatch');
  });
});

describe('fixedClock', () => {
  it('moves only when told', () => {
    const clock = fixedClock('2026-01-01T00:00:00Z');
    expect(clock()).toBe(Date.UTC(2026, 0, 1));
    clock.advance(90);
    expect(clock.now().toISOString()).toBe('2026-01-01T00:01:30.000Z');
    clock.set('2030-01-01T00:00:00Z');
    expect(clock()).toBe(Date.UTC(2030, 0, 1));
  });
});
