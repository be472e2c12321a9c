import { X509Certificate } from '@cryptoutil/crypto';

const PEM_BLOCK = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

/** The certificates of a PEM text, in its order. Throws when one cannot be read. */
export const certificatesOf = (pem: string): X509Certificate[] =>
  (pem.match(PEM_BLOCK) ?? []).map((block) => new X509Certificate(block));

/** The authority of the list that has signed a certificate; undefined when none has. Says nothing about validity periods. */
export const issuerOf = (
  certificate: X509Certificate,
  authorities: readonly X509Certificate[],
): X509Certificate | undefined =>
  authorities.find((authority) => certificate.checkIssued(authority) && certificate.verify(authority.publicKey));
