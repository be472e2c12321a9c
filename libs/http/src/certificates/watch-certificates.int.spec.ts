import { writeFile } from 'node:fs/promises';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { CertificateStore, createAuthority, issueCertificate, type IssuedCertificate } from '@cryptoutil/pki';
import type { Logger } from '@cryptoutil/telemetry';
import { watchCertificates } from './watch-certificates.js';

describe('the certificates of a running service', () => {
  let folder: string;
  let authority: IssuedCertificate;
  let store: CertificateStore;
  const lines: { level: string; fields: Record<string, unknown>; message: string }[] = [];
  const logger = Object.fromEntries(
    ['info', 'warn', 'error'].map((level) => [
      level,
      (fields: Record<string, unknown>, message: string) => void lines.push({ level, fields, message }),
    ]),
  ) as unknown as Logger;
  const put = async (days: number) => {
    const issued = await issueCertificate(authority, { identity: 'rs', dnsNames: ['localhost'], days });
    await writeFile(join(folder, 'tls.crt'), issued.certificatePem);
    await writeFile(join(folder, 'tls.key'), issued.privateKeyPem);
  };
  beforeEach(async () => {
    lines.length = 0;
    folder = await mkdtemp(join(tmpdir(), 'cryptoutil-expiry-'));
    authority = await createAuthority({ commonName: 'spec', days: 365 });
    await writeFile(join(folder, 'ca.crt'), authority.certificatePem);
    await put(29);
    const file = (name: string) => join(folder, name);
    store = await CertificateStore.open({
      certFile: file('tls.crt'),
      keyFile: file('tls.key'),
      caFile: file('ca.crt'),
    });
  });
  afterEach(async () => {
    store.close();
    await rm(folder, { recursive: true });
  });

  it('are warned of in the log from 30 days before their end, and not before', async () => {
    const stop = watchCertificates(store, logger);
    expect(lines).toEqual([
      {
        level: 'warn',
        fields: expect.objectContaining({ certificate: 'leaf', subject: 'CN=rs', days_left: 28 }),
        message: 'a certificate ends soon',
      },
    ]);
    lines.length = 0;
    await put(31);
    await store.reload();
    expect(lines.map(({ level, message }) => [level, message])).toEqual([['info', 'new certificates are in force']]);
    stop();
    await put(2);
    await store.reload();
    expect(lines).toHaveLength(1);
  });

  it('stay when the files become unusable, and the log names the file', async () => {
    const stop = watchCertificates(store, logger);
    lines.length = 0;
    await rm(join(folder, 'tls.key'));
    await store.reload();
    expect(lines).toEqual([
      {
        level: 'error',
        fields: { problem: `The file ${join(folder, 'tls.key')} cannot be read (ENOENT).` },
        message: 'the new certificate is not used',
      },
    ]);
    stop();
  });
});
