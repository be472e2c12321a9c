import { existsSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { X509Certificate } from '@cryptoutil/crypto';
import { createAuthority, issuerOf, type IssuedCertificate } from '@cryptoutil/pki';
import { CommandFailure } from '../command-failure.js';
import { writePrivateFile } from '../home/private-file.js';
import { leafNames, pemOf, publishBundle, readAuthority, readBundle } from './authority-files.js';
import { CERTIFICATE_DAYS, certificateFiles } from './certificate-files.js';
import { ownAsFolder } from './pair-files.js';
import { readLeaf, reissue } from './renew.js';
import { endRotation, readRotation, writeRotation, type Rotation } from './rotation-state.js';

export interface RotationOptions {
  /** How long everybody gets to take the new authority over before certificates are issued by it, in seconds. */
  readonly settleSeconds: number;
  /** How long the old authority stays trusted after that, in seconds. */
  readonly overlapSeconds: number;
  /** Days the new authority lives. */
  readonly days: number;
}

export type RotationStep = 'distributed' | 'reissued' | 'ended';

/**
 * Replaces the authority of a folder by overlap, in three steps of which each can be repeated after it was interrupted: the new one is
 * trusted beside the old; the new one issues every certificate; the old one is trusted no more.
 */
export class RotateAuthority {
  constructor(
    private readonly folder: string,
    private readonly now: () => number = Date.now,
  ) {}

  /** First step. Throws a `CommandFailure` when a rotation is under way. */
  async begin({ settleSeconds, overlapSeconds, days }: RotationOptions): Promise<Rotation> {
    if (readRotation(this.folder)) {
      throw new CommandFailure('A rotation is under way; go on with it by "cryptoutil pki rotate-ca".');
    }
    const current = readAuthority(this.folder);
    const next = await this.nextAuthority(days);
    publishBundle(this.folder, current.certificatePem + next.certificatePem);
    return this.remember({
      phase: 'distributed',
      next: new X509Certificate(next.certificatePem).fingerprint256,
      begun: new Date(this.now()).toISOString(),
      notBefore: this.in(settleSeconds),
      overlapSeconds,
    });
  }

  /** The step that comes next. Throws a `CommandFailure` when there is none, or before it is safe. */
  async proceed(): Promise<RotationStep> {
    const rotation = this.require();
    const wait = Date.parse(rotation.notBefore) - this.now();
    if (wait > 0) {
      const until = new Date(rotation.notBefore).toISOString();
      const reason =
        rotation.phase === 'distributed'
          ? 'not everybody may trust the new authority yet'
          : 'somebody may still use a certificate of the old authority';
      throw new CommandFailure(`Not before ${until} (in ${Math.ceil(wait / 1_000)} s): ${reason}.`);
    }
    return rotation.phase === 'distributed' ? this.reissueAll(rotation) : this.retire(rotation);
  }

  private require(): Rotation {
    const rotation = readRotation(this.folder);
    if (rotation) return rotation;
    throw new CommandFailure('No rotation is under way; begin one with "cryptoutil pki rotate-ca --begin".');
  }

  private async reissueAll(rotation: Rotation): Promise<RotationStep> {
    const next = this.nextCertificate(rotation);
    const authority = this.issuing(next);
    for (const name of leafNames(this.folder)) {
      // What an interrupted step has done stays.
      if (!issuerOf(readLeaf(this.folder, name), [next])) await reissue(this.folder, name, authority, CERTIFICATE_DAYS);
    }
    // The new one goes first from now on: readers that take the first certificate of the bundle get the one in force.
    publishBundle(this.folder, pemOf([next, ...this.others(next)]));
    const { keyFile, certFile } = this.nextFiles();
    // One renaming makes the new authority the one that issues, and destroys the key of the old.
    if (existsSync(keyFile)) renameSync(keyFile, join(this.folder, 'ca.key'));
    rmSync(certFile, { force: true });
    this.remember({ ...rotation, phase: 'reissued', notBefore: this.in(rotation.overlapSeconds) });
    return 'reissued';
  }

  private retire(rotation: Rotation): RotationStep {
    const next = this.nextCertificate(rotation);
    const foreign = leafNames(this.folder).filter((name) => !issuerOf(readLeaf(this.folder, name), [next]));
    if (foreign.length > 0) {
      throw new CommandFailure(`The old authority is still needed by ${foreign.join(', ')}: renew them first.`);
    }
    publishBundle(this.folder, pemOf([next]));
    endRotation(this.folder);
    return 'ended';
  }

  private nextFiles = () => certificateFiles(this.folder, 'ca-next');

  /** The new authority; the one of an interrupted first step if there is one. */
  private async nextAuthority(days: number): Promise<IssuedCertificate> {
    const { certFile, keyFile } = this.nextFiles();
    if (existsSync(certFile)) return read(certFile, keyFile);
    const created = new Date(this.now()).toISOString().slice(0, 19);
    // A name of its own: two authorities of one name are told apart by few programs.
    const next = await createAuthority({ commonName: `cryptoutil internal CA ${created}Z`, days });
    writePrivateFile(keyFile, next.privateKeyPem);
    writePrivateFile(certFile, next.certificatePem);
    for (const file of [keyFile, certFile]) ownAsFolder(this.folder, file);
    return next;
  }

  private nextCertificate({ next }: Rotation): X509Certificate {
    const found = readBundle(this.folder).find(({ fingerprint256 }) => fingerprint256 === next);
    if (found) return found;
    throw new CommandFailure(`The new authority is missing in ${certificateFiles(this.folder, 'ca').certFile}.`);
  }

  /** Certificate and key of the new authority, wherever an interrupted step has left the key. */
  private issuing(next: X509Certificate): IssuedCertificate {
    const { keyFile } = this.nextFiles();
    if (!existsSync(keyFile)) return readAuthority(this.folder);
    return { certificatePem: pemOf([next]), privateKeyPem: readFileSync(keyFile, 'utf8') };
  }

  private others(next: X509Certificate): X509Certificate[] {
    return readBundle(this.folder).filter(({ fingerprint256 }) => fingerprint256 !== next.fingerprint256);
  }

  private remember(rotation: Rotation): Rotation {
    writeRotation(this.folder, rotation);
    return rotation;
  }

  private in(seconds: number): string {
    return new Date(this.now() + seconds * 1_000).toISOString();
  }
}

const read = (certFile: string, keyFile: string): IssuedCertificate => ({
  certificatePem: readFileSync(certFile, 'utf8'),
  privateKeyPem: readFileSync(keyFile, 'utf8'),
});
