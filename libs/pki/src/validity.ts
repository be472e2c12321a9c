import { certificatesOf } from './certificates.js';
import type { TlsMaterial } from './tls-material.js';

/** Until when a certificate in force is valid. */
export interface Validity {
  /** `leaf`: the service's own; `authority`: one of those it trusts. */
  readonly kind: 'leaf' | 'authority';
  /** As node:crypto writes it, on one line. */
  readonly subject: string;
  readonly serialNumber: string;
  readonly validUntil: Date;
}

/** The validity of the service's certificate, first, and of each authority it trusts. */
export function validityOf({ cert, ca }: TlsMaterial): Validity[] {
  const leaf = certificatesOf(cert).slice(0, 1);
  return [...leaf, ...certificatesOf(ca)].map((certificate, index) => ({
    kind: index < leaf.length ? 'leaf' : 'authority',
    subject: certificate.subject.replaceAll('\n', ', '),
    serialNumber: certificate.serialNumber,
    validUntil: certificate.validToDate,
  }));
}

/** Whole and broken seconds until a certificate ends; negative afterwards. */
export const secondsLeft = ({ validUntil }: Validity, now = Date.now()): number => (validUntil.getTime() - now) / 1_000;
