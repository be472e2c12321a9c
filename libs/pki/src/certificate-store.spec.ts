import { EventEmitter, once } from 'node:events';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { ConfigurationError } from '@cryptoutil/config';
import { CertificateStore } from './certificate-store.js';
import { authority, filesOf, oddCertificate, replaceFiles, type Authority } from './certificates.fixture.js';
import type { TlsFiles } from './tls-material.js';
import { validityOf } from './validity.js';

let ca: Authority;
beforeAll(async () => void (ca = await authority()));

const opened: CertificateStore[] = [];
afterEach(() => opened.splice(0).forEach((store) => store.close()));
const open = async (): Promise<{ store: CertificateStore; files: TlsFiles }> => {
  const files = await filesOf(await ca.issue(), ca.certificatePem);
  const store = await CertificateStore.open(files);
  opened.push(store);
  return { store, files };
};

describe('CertificateStore.open', () => {
  test('reads the three files', async () => {
    const { store } = await open();
    expect(store.current).toMatchObject({ ca: ca.certificatePem });
    expect(store.problem).toBeUndefined();
  });

  test.each<[string, (files: TlsFiles) => Promise<unknown>, string]>([
    ['a missing file', ({ keyFile }) => rm(keyFile), 'key.pem cannot be read (ENOENT)'],
    ['a certificate that is none', ({ certFile }) => writeFile(certFile, 'x'), 'cert.pem holds no usable certificate'],
    ['a key that is none', ({ keyFile }) => writeFile(keyFile, 'x'), 'key.pem holds no usable private key'],
    ['authorities that are none', ({ caFile }) => writeFile(caFile, ''), 'ca.pem holds no usable certificate'],
    [
      'a key of another certificate',
      async ({ keyFile }) => writeFile(keyFile, (await ca.issue()).privateKeyPem),
      'does not belong to the certificate',
    ],
    [
      'an expired certificate',
      async (files) => replaceFiles(files, await oddCertificate(ca, [], { validForMs: -1000 })),
      'cert.pem expired on ',
    ],
    [
      'a broken chain after the certificate',
      async ({ certFile }) => {
        const { certificatePem } = await oddCertificate(ca, []);
        await writeFile(certFile, `${certificatePem}\n-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n`);
      },
      'does not belong to the certificate',
    ],
  ])('refuses %s with one sentence that names the file', async (_, spoil, sentence) => {
    const files = await filesOf(await ca.issue(), ca.certificatePem);
    await spoil(files);
    const refusal = await CertificateStore.open(files).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(ConfigurationError);
    expect((refusal as ConfigurationError).message).toContain(sentence);
    expect((refusal as ConfigurationError).message).not.toContain('PRIVATE KEY');
  });

  test('a store that was not opened has no material', async () => {
    const store = new CertificateStore(await filesOf(await ca.issue(), ca.certificatePem));
    expect(() => store.current).toThrow('not opened');
  });
});

describe('CertificateStore.reload', () => {
  test('takes over new material and tells it once', async () => {
    const { store, files } = await open();
    const told: unknown[] = [];
    const stop = store.onChange((material) => told.push(material));
    const before = store.current;
    const renewed = await ca.issue();
    await replaceFiles(files, renewed);
    expect(await store.reload()).toBe('changed');
    expect(await store.reload()).toBe('unchanged');
    expect(store.current.cert).toBe(renewed.certificatePem);
    expect(store.current).not.toBe(before);
    expect(told).toEqual([store.current]);
    stop();
    await replaceFiles(files, await ca.issue());
    expect(await store.reload()).toBe('changed');
    expect(told).toHaveLength(1);
  });

  test('keeps the old material while certificate and key do not match, says so once, and recovers', async () => {
    const { store, files } = await open();
    const problems: string[] = [];
    store.onProblem((problem) => problems.push(problem));
    const before = store.current;
    const renewed = await ca.issue();
    await writeFile(files.certFile, renewed.certificatePem);
    expect(await store.reload()).toBe('refused');
    expect(await store.reload()).toBe('refused');
    expect(store.current).toBe(before);
    expect(problems).toEqual([
      `The private key in ${files.keyFile} does not belong to the certificate in ${files.certFile}.`,
    ]);
    expect(store.problem).toBe(problems[0]);
    await writeFile(files.keyFile, renewed.privateKeyPem);
    expect(await store.reload()).toBe('changed');
    expect(store.problem).toBeUndefined();
    expect(store.current.cert).toBe(renewed.certificatePem);
  });

  const localhost = [
    { type: 'dns', value: 'localhost' },
    { type: 'ip', value: '127.0.0.1' },
  ] as const;
  test.each<[string, (files: TlsFiles) => Promise<unknown>, string]>([
    [
      'a certificate that has expired',
      async (files) => replaceFiles(files, await oddCertificate(ca, [...localhost], { validForMs: -1000 })),
      'cert.pem expired on',
    ],
    [
      'a certificate that is not valid yet',
      async (files) => replaceFiles(files, await oddCertificate(ca, [...localhost], { validInMs: 30_000 })),
      'cert.pem is not valid before',
    ],
    [
      'a certificate of another host',
      async (files) => replaceFiles(files, await ca.issue({ dnsNames: ['elsewhere.example'] })),
      'cert.pem lacks names of the one in use (DNS:localhost)',
    ],
    [
      'the certificate of another identity',
      async (files) => replaceFiles(files, await ca.issue({ identity: 'ops' })),
      'cert.pem does not carry the identity (none) of the one in use',
    ],
    [
      'a certificate of an authority that is not in the bundle',
      async (files) => replaceFiles(files, await (await authority()).issue()),
      'cert.pem was not issued by any authority in ',
    ],
    ['a missing file', ({ caFile }) => rm(caFile), 'ca.pem cannot be read (ENOENT)'],
    [
      'a file that cannot be read',
      async ({ keyFile }) => {
        await rm(keyFile);
        await mkdir(keyFile);
      },
      'key.pem cannot be read (EISDIR)',
    ],
    [
      'authorities of which one is broken',
      ({ caFile }) =>
        writeFile(caFile, `${ca.certificatePem}-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n`),
      'ca.pem holds no usable certificate',
    ],
  ])('keeps the old material instead of %s, and names the file', async (_, spoil, sentence) => {
    const { store, files } = await open();
    const problems: string[] = [];
    store.onProblem((problem) => problems.push(problem));
    const before = store.current;
    await spoil(files);
    expect(await store.reload()).toBe('refused');
    expect(store.current).toBe(before);
    expect(problems).toEqual([expect.stringContaining(sentence)]);
    expect(problems[0]).not.toContain('PRIVATE KEY');
  });

  test('takes over a certificate with more names, and one of a new authority beside the old', async () => {
    const { store, files } = await open();
    const next = await authority();
    await replaceFiles(files, await ca.issue({ dnsNames: ['localhost', 'more.example'] }));
    expect(await store.reload()).toBe('changed');
    await writeFile(files.caFile, ca.certificatePem + next.certificatePem);
    expect(await store.reload()).toBe('changed');
    await replaceFiles(files, await next.issue({ dnsNames: ['localhost', 'more.example'] }));
    expect(await store.reload()).toBe('changed');
    expect(validityOf(store.current).map(({ kind }) => kind)).toEqual(['leaf', 'authority', 'authority']);
  });

  test('a listener that fails does not keep the others from hearing', async () => {
    const { store, files } = await open();
    const told: string[] = [];
    store.onChange(() => {
      throw new Error('listener');
    });
    store.onChange(() => told.push('second'));
    const problems: string[] = [];
    store.onProblem((problem) => problems.push(problem));
    await replaceFiles(files, await ca.issue());
    expect(await store.reload()).toBe('changed');
    expect(told).toEqual(['second']);
    expect(problems).toEqual(['The new TLS material could not be put to use everywhere: listener.']);
  });

  test('readings do not overlap: calls in parallel are answered one after the other', async () => {
    const { store, files } = await open();
    await replaceFiles(files, await ca.issue());
    expect(await Promise.all([store.reload(), store.reload(), store.reload()])).toEqual([
      'changed',
      'unchanged',
      'unchanged',
    ]);
  });
});

describe('following the files', () => {
  test('notices by itself that certificate and key were replaced', async () => {
    const { store, files } = await open();
    const events = new EventEmitter();
    store.onChange((material) => events.emit('change', material));
    const changed = once(events, 'change');
    const renewed = await ca.issue();
    await replaceFiles(files, renewed);
    await changed;
    expect(store.current.cert).toBe(renewed.certificatePem);
  });

  test('ends with close(): the material stays usable, nobody is told any more', async () => {
    const { store, files } = await open();
    const told: unknown[] = [];
    store.onChange(() => told.push(1));
    store.close();
    store.close();
    await replaceFiles(files, await ca.issue());
    await store.reload();
    expect(told).toEqual([]);
    expect(store.current.cert).toContain('BEGIN CERTIFICATE');
  });
});
