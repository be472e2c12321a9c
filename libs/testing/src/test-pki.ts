import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Dispatcher } from 'undici';
import {
  CertificateStore,
  createAuthority,
  issueCertificate,
  mtlsAgent,
  type CertificateRequest,
  type IssuedCertificate,
  type TlsFiles,
} from '@cryptoutil/pki';

/** An internal CA in memory, with the files of its certificates in a temporary folder. */
export interface TestPki {
  authority: IssuedCertificate;
  /** The CA certificate as PEM, and the file that holds it. */
  caPem: string;
  caFile: string;
  /** The files of a certificate for `localhost` and 127.0.0.1 with this identity; the same files at each call. */
  files(identity: string): Promise<TlsFiles>;
  /** An open store over `files(identity)`; closed by `close()`. */
  store(identity: string): Promise<CertificateStore>;
  /** An mTLS dispatcher for undici that presents this identity; closed by `close()`. */
  agent(identity: string): Promise<Dispatcher>;
  /** Issues any certificate, for instance one with a wrong identity. */
  issue(request: Partial<CertificateRequest>): Promise<IssuedCertificate>;
  /** Closes what it opened and removes the folder. */
  close(): Promise<void>;
}

/** Makes a certificate authority for one spec file. Call `close()` in `afterAll`. */
export async function testPki(): Promise<TestPki> {
  const folder = await mkdtemp(join(tmpdir(), 'cryptoutil-pki-'));
  const authority = await createAuthority({ commonName: 'cryptoutil test', days: 2 });
  const caFile = join(folder, 'ca.pem');
  await writeFile(caFile, authority.certificatePem);
  const written = new Map<string, Promise<TlsFiles>>();
  const open: { close(): unknown }[] = [];

  const issue = (request: Partial<CertificateRequest>) =>
    issueCertificate(authority, { dnsNames: ['localhost'], ipAddresses: ['127.0.0.1'], days: 1, ...request });
  const write = async (identity: string): Promise<TlsFiles> => {
    const { certificatePem, privateKeyPem } = await issue({ identity });
    const files = { certFile: join(folder, `${identity}.pem`), keyFile: join(folder, `${identity}.key`), caFile };
    await writeFile(files.certFile, certificatePem);
    await writeFile(files.keyFile, privateKeyPem, { mode: 0o600 });
    return files;
  };
  const files = (identity: string): Promise<TlsFiles> => {
    const known = written.get(identity) ?? write(identity);
    written.set(identity, known);
    return known;
  };
  const keep = <T extends { close(): unknown }>(resource: T): T => {
    open.push(resource);
    return resource;
  };
  const store = async (identity: string) => keep(await CertificateStore.open(await files(identity)));
  return {
    ...{ authority, caPem: authority.certificatePem, caFile, files, store, issue },
    agent: async (identity) => keep(mtlsAgent(await store(identity)) as Dispatcher & { close(): unknown }),
    close: async () => {
      for (const resource of open.splice(0).reverse()) await resource.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
