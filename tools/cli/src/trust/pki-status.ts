import { readFileSync } from 'node:fs';
import { X509Certificate } from '@cryptoutil/crypto';
import { certificateIdentity, issuerOf } from '@cryptoutil/pki';
import { leafNames, readBundle } from './authority-files.js';
import { certificateFiles } from './certificate-files.js';
import { nextStep, readRotation } from './rotation-state.js';

const DAY_MS = 86_400_000;

/** One certificate of a folder. Dates are ISO 8601; `days_left` is rounded down, and negative after the end. */
export interface CertificateStatus {
  readonly name: string;
  readonly kind: 'authority' | 'leaf';
  readonly subject: string;
  readonly serial_number: string;
  readonly identity?: string;
  readonly names?: string;
  readonly not_before: string;
  readonly not_after: string;
  readonly days_left: number;
  /** `ok`, or what is wrong with it. */
  readonly state: 'ok' | 'ends soon' | 'expired' | 'not valid yet' | 'of no authority here';
}

export interface PkiStatus {
  readonly folder: string;
  readonly ok: boolean;
  readonly certificates: readonly CertificateStatus[];
  /** The change of authority that is under way. */
  readonly rotation?: {
    readonly phase: string;
    readonly begun: string;
    readonly next_step: string;
    readonly not_before: string;
  };
}

/** How the certificates of a folder are; `ends soon` is less than `withinDays`. Throws a `CommandFailure` when there are none. */
export function readPkiStatus(folder: string, withinDays: number, now = Date.now()): PkiStatus {
  const names = leafNames(folder);
  const authorities = readBundle(folder);
  const leaves = names.map((name) => ({
    name,
    certificate: new X509Certificate(readFileSync(certificateFiles(folder, name).certFile)),
  }));
  const certificates = [
    ...authorities.map((certificate) => describe('ca', 'authority', certificate, true)),
    ...leaves.map(({ name, certificate }) =>
      describe(name, 'leaf', certificate, issuerOf(certificate, authorities) !== undefined),
    ),
  ];
  const rotation = readRotation(folder);
  return {
    folder,
    ok: certificates.every(({ state }) => state === 'ok'),
    certificates,
    ...(rotation && {
      rotation: {
        phase: rotation.phase,
        begun: rotation.begun,
        next_step: nextStep(rotation),
        not_before: rotation.notBefore,
      },
    }),
  };

  function describe(
    name: string,
    kind: CertificateStatus['kind'],
    certificate: X509Certificate,
    isTrusted: boolean,
  ): CertificateStatus {
    const { validFromDate, validToDate } = certificate;
    const left = (validToDate.getTime() - now) / DAY_MS;
    const identity = certificateIdentity(certificate);
    const soon = left < withinDays ? 'ends soon' : 'ok';
    const state = validFromDate.getTime() > now ? 'not valid yet' : left < 0 ? 'expired' : soon;
    return {
      name,
      kind,
      subject: certificate.subject.replaceAll('\n', ', '),
      serial_number: certificate.serialNumber,
      ...(identity === undefined ? {} : { identity }),
      ...(certificate.subjectAltName === undefined ? {} : { names: certificate.subjectAltName }),
      not_before: validFromDate.toISOString(),
      not_after: validToDate.toISOString(),
      days_left: Math.floor(left),
      state: isTrusted || state === 'expired' ? state : 'of no authority here',
    };
  }
}
