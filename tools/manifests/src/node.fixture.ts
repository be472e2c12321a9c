import { mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createAuthority, issueCertificate, type IssuedCertificate } from '@cryptoutil/pki';
import { ofKind, type Container, type Labels, type Manifest, type Volume } from './manifest.js';
import { environmentOf, type Workload } from './pods.js';

interface CertificateSpec {
  readonly secretName: string;
  readonly uris: readonly string[];
  readonly dnsNames: readonly string[];
}
type Files = Readonly<Record<string, string>>;

/** Plays the parts of a node and of cert-manager: lays the volumes of a container into a folder, as a kubelet does. */
export class TestNode {
  private constructor(
    private readonly manifests: readonly Manifest[],
    private readonly folder: string,
    readonly authority: IssuedCertificate,
  ) {}

  static async create(manifests: readonly Manifest[], folder: string): Promise<TestNode> {
    return new TestNode(manifests, folder, await createAuthority({ commonName: 'cryptoutil internal CA', days: 2 }));
  }

  /** The environment of a container, with the files its settings name, under the folder. */
  async environment(workload: Workload, container: Container): Promise<Labels> {
    const root = join(this.folder, workload.manifest.metadata.name, container.name);
    for (const { name, mountPath } of container.volumeMounts ?? []) {
      const volume = workload.pod.volumes?.find((candidate) => candidate.name === name);
      const files = volume && (await this.filesOf(volume));
      if (files) writeVolume(join(root, mountPath), files);
    }
    const moved = Object.entries(environmentOf(this.manifests, workload, container.name)).map(([variable, value]) => [
      variable,
      value.replaceAll(/(^|,)(?=\/)/g, `$1${root}`),
    ]);
    return Object.fromEntries(moved) as Labels;
  }

  private async filesOf({ secret }: Volume): Promise<Files | undefined> {
    if (!secret) return undefined;
    const content = await this.secret(secret.secretName);
    if (!content) return undefined;
    return secret.items ? Object.fromEntries(secret.items.map(({ key, path }) => [path, content[key]!])) : content;
  }

  private async secret(name: string): Promise<Files | undefined> {
    const made = this.manifests.find(({ kind, metadata }) => kind === 'Secret' && metadata.name === name);
    if (made) return mapValues(made.data ?? {}, (value) => Buffer.from(value, 'base64').toString());
    if (name === 'cryptoutil-db-ca') return { 'ca.crt': this.authority.certificatePem };
    return this.certificate(name);
  }

  /** A new certificate as cert-manager would issue it into a Secret; undefined when no Certificate wants that. */
  async certificate(secretName: string): Promise<Files | undefined> {
    const wanted = ofKind<CertificateSpec>(this.manifests, 'Certificate').find(
      ({ spec }) => spec.secretName === secretName,
    );
    if (!wanted) return undefined;
    const [uri] = wanted.spec.uris;
    const issued = await issueCertificate(this.authority, {
      identity: uri!.replace('spiffe://cryptoutil/', ''),
      dnsNames: [...wanted.spec.dnsNames],
      days: 1,
    });
    return {
      'tls.crt': issued.certificatePem,
      'tls.key': issued.privateKeyPem,
      'ca.crt': this.authority.certificatePem,
    };
  }
}

let version = 0;

/** Writes a volume or its next content: files behind a link that is exchanged in one step. */
export function writeVolume(path: string, files: Files): void {
  const content = `..${++version}`;
  mkdirSync(join(path, content), { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(path, content, name), text);
  symlinkSync(content, join(path, '..data_tmp'));
  renameSync(join(path, '..data_tmp'), join(path, '..data'));
  for (const name of Object.keys(files)) {
    try {
      symlinkSync(join('..data', name), join(path, name));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}

/** The folder of a mounted file. */
export const volumeOf = (file: string): string => dirname(file);

function mapValues(object: Files, change: (value: string) => string): Files {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, change(value)]));
}
