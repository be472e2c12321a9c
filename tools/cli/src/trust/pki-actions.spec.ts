import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { X509Certificate } from '@cryptoutil/crypto';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { ensureCertificates, initAuthority, issue } from './certificate-files.js';
import { initPki, issueIdentity, pkiStatus } from './pki-actions.js';

describe('the internal authority', () => {
  let folder: string;
  let printed: string;
  beforeEach(() => {
    folder = join(mkdtempSync(join(tmpdir(), 'cryptoutil-pki-')), 'pki');
    printed = '';
    jest.spyOn(console, 'log').mockImplementation((line: string) => void (printed += `${line}\n`));
  });
  afterEach(() => {
    jest.restoreAllMocks();
    rmSync(join(folder, '..'), { recursive: true });
  });
  const certificate = (name: string) => new X509Certificate(readFileSync(join(folder, `${name}.crt`)));

  it('gives each identity a certificate for localhost, keys for their owner alone', async () => {
    expect(await ensureCertificates(folder, ['authz', 'ops'])).toEqual(['authz', 'ops']);
    const { subjectAltName } = certificate('authz');
    for (const name of ['URI:spiffe://cryptoutil/authz', 'DNS:localhost', 'IP Address:127.0.0.1']) {
      expect(subjectAltName).toContain(name);
    }
    expect(certificate('authz').checkIssued(certificate('ca'))).toBe(true);
    for (const name of ['ca.key', 'authz.key']) expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
  });

  it('leaves good certificates alone and renews those that end soon', async () => {
    await ensureCertificates(folder, ['authz', 'ops']);
    await issue(folder, 'ops', { identity: 'ops', days: 29 });
    expect(await ensureCertificates(folder, ['authz', 'ops', 'kms'])).toEqual(['ops', 'kms']);
  });

  it('is created once and never written over', async () => {
    await initAuthority(folder);
    await expect(initPki({ folder, days: 10 })).rejects.toThrow('There is an authority');
  });

  it('is needed before anything can be issued', async () => {
    await expect(issueIdentity('ops', { folder, dns: [], ip: [], days: 1 })).rejects.toThrow('cryptoutil pki init');
  });

  it('refuses names that are no identity, and days that are no number', async () => {
    await initPki({ folder, days: 30 });
    await expect(issueIdentity('a/b', { folder, dns: [], ip: [], days: 1 })).rejects.toThrow(
      '"a/b" is no name of an identity',
    );
    await expect(issueIdentity('ops', { folder, dns: [], ip: [], days: Number.NaN })).rejects.toThrow('--days');
    await expect(initPki({ folder, days: 0 })).rejects.toThrow('--days');
  });

  it('says of each certificate whose it is and until when, and exits 1 when one has expired', async () => {
    expect(() => pkiStatus({ folder })).toThrow('There is no authority in');
    await initPki({ folder, days: 365 });
    await issueIdentity('ops', { folder, dns: ['ops.internal'], ip: ['10.0.0.5'], days: 30 });
    printed = '';
    expect(pkiStatus({ folder })).toBe(0);
    expect(printed).toMatch(
      /ops\.crt +until \d{4}-\d\d-\d\d +29 days +URI:spiffe:\/\/cryptoutil\/ops, DNS:ops\.internal, IP Address:10\.0\.0\.5/,
    );
    const inTwoMonths = new Date(Date.now() + 60 * 86_400_000);
    expect(pkiStatus({ folder }, inTwoMonths.getTime())).toBe(1);
    expect(printed).toMatch(/ops\.crt +expired/);
  });
});
